import { expect, it } from 'vitest'

import { deployment, plan } from './testing/plan-of.ts'

it('reports images whose name no kubelet reads, in init containers too', () => {
  const pod =
    '{initContainers: [{name: a, image: __IMAGE__}], containers: [{name: b, image: "${TAG}"}, {name: c, image: "nginx:1.27"}]}'
  const { problems } = plan(deployment('store', pod), { profiles: '[]' })
  expect(problems).toMatchObject([
    {
      code: 'image-name-invalid',
      severity: 'error',
      message: `Deployment store/web: couldn't parse image name "__IMAGE__": invalid reference format`,
    },
    {
      code: 'image-name-invalid',
      message: 'Deployment store/web: couldn\'t parse image name "${TAG}": invalid reference format',
      help: expect.stringContaining('TAG') as string,
    },
  ])
})
