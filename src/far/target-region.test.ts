import { expect, it } from 'vitest'

import { targetRegion } from './target-region.ts'

it.each([
  ['eu-west-1', { AWS_REGION: 'eu-west-2' }, 'eu-west-1'],
  [undefined, { AWS_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-2'],
  [undefined, { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-3' }, 'eu-west-3'],
])('is the flag, then that of the environment: %s, %o', (flag, environment, region) => {
  expect(targetRegion(flag, environment)).toBe(region)
})

it('has to be named by something', () => {
  expect(() => targetRegion(undefined, {})).toThrow(
    expect.objectContaining({ message: 'no region: name it with --region', exitCode: 2 }),
  )
})
