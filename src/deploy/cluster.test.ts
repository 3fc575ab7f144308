import { describe, expect, it } from 'vitest'

import { closePublicEndpoint } from './cluster.ts'
import { testDeployment } from './testing/fake-cloud.ts'

async function scene(...states: [endpointPublicAccess: boolean, status: string][]) {
  let last = states[0]
  return testDeployment({
    DescribeCluster: () => {
      last = states.shift() ?? last
      const [endpointPublicAccess, status] = last ?? []
      return { cluster: { status, resourcesVpcConfig: { endpointPublicAccess } } }
    },
    UpdateClusterConfig: () => ({}),
  })
}

describe('closePublicEndpoint', () => {
  it('shuts the endpoint and waits until it is shut', async () => {
    const world = await scene([true, 'ACTIVE'], [true, 'UPDATING'], [false, 'UPDATING'], [false, 'ACTIVE'])
    expect(await closePublicEndpoint(world.context)).toEqual({ outcome: 'updated' })
    const resourcesVpcConfig = { endpointPublicAccess: false, endpointPrivateAccess: true }
    expect(world.inputsOf('UpdateClusterConfig')).toEqual([{ name: 'workshop', resourcesVpcConfig }])
    expect(world.inputsOf('DescribeCluster')).toHaveLength(4)
  })

  it('leaves one that is shut', async () => {
    const world = await scene([false, 'ACTIVE'])
    expect(await closePublicEndpoint(world.context)).toEqual({ outcome: 'unchanged' })
    expect(world.inputsOf('UpdateClusterConfig')).toEqual([])
  })
})
