import { expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

it.each([
  ['false', true],
  ['true', false],
])('a creator without rights is told: %s', (value, isTold) => {
  const { problems } = plan(web, {
    config: `accessConfig: {bootstrapClusterCreatorAdminPermissions: ${value}}`,
  })
  expect(problems.some(({ code }) => code === 'creator-locked-out')).toBe(isTold)
})
