import { describe, expect, it } from 'vitest'

import { closePublicEndpoint, ensureLogRetention } from './cluster.ts'
import { awsFailure, testDeployment } from './testing/fake-cloud.ts'

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

describe('ensureLogRetention', () => {
  async function retention(missing: number, enableTypes: readonly 'audit'[] = ['audit']) {
    let asked = 0
    const world = await testDeployment({
      PutRetentionPolicy: () => {
        asked += 1
        if (asked <= missing) throw awsFailure('ResourceNotFoundException', 'no such group')
        return {}
      },
    })
    const clusterLogging = { enableTypes, logRetentionInDays: 30 }
    return { ...world.context, config: { ...world.context.config, cloudWatch: { clusterLogging } } }
  }

  it('waits for the group that EKS makes', async () => {
    expect(await ensureLogRetention(await retention(3))).toEqual({
      outcome: 'done',
      detail: '/aws/eks/workshop/cluster, 30 days',
    })
  })

  it('says so when EKS makes none', async () => {
    await expect(ensureLogRetention(await retention(Infinity))).rejects.toThrow(
      'EKS has made no log group /aws/eks/workshop/cluster (gave up after 300 s)',
    )
  })

  it('does not wait for a group that nothing is written to', async () => {
    await expect(ensureLogRetention(await retention(1, []))).rejects.toThrow('no such group')
  })
})
