import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { pods } from '../kubernetes/client/resources.ts'
import { addonHealthy } from './addon-health.ts'
import type { StepResult } from './progress.ts'
import {
  awsFailure,
  HastyClock,
  testDeployment,
  type Handlers,
  type TestDeployment,
} from './testing/fake-cloud.ts'

const NO_NODES = 'no nodes available to schedule pods'

interface Scene extends TestDeployment {
  readonly kubernetes: FakeClient
  run(name?: string): Promise<StepResult>
}

async function scene(handlers: Handlers, config: Partial<ClusterConfig> = {}): Promise<Scene> {
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const world = await testDeployment(handlers, { config })
  return { ...world, kubernetes, run: (name = 'coredns') => addonHealthy(world.context, kubernetes, name) }
}

function pod({ kubernetes }: Scene, name: string, reason: 'Unschedulable' | undefined): void {
  const scheduled = { type: 'PodScheduled', status: reason ? 'False' : 'True' } as const
  kubernetes.seed(pods, {
    metadata: { name, namespace: 'kube-system' },
    spec: { containers: [] },
    status: { conditions: [{ ...scheduled, ...(reason ? { reason, message: NO_NODES } : {}) }] },
  })
}

const states = (...list: object[]): Handlers => ({
  DescribeAddon: () => ({ addon: { addonName: 'coredns', ...(list.length > 1 ? list.shift() : list[0]) } }),
})
const issues = [{ code: 'InsufficientNumberOfReplicas', message: 'no replicas are up' }]

describe('addonHealthy', () => {
  it('waits through CREATING and DEGRADED', async () => {
    const world = await scene(
      states({ status: 'CREATING' }, { status: 'DEGRADED', health: { issues } }, { status: 'ACTIVE' }),
    )
    expect(await world.run()).toEqual({ outcome: 'done', detail: 'ACTIVE' })
    expect(world.calls).toHaveLength(3)
  })

  it('fails with the issues', async () => {
    const world = await scene(states({ status: 'CREATE_FAILED', health: { issues } }))
    await expect(world.run()).rejects.toThrow(
      'add-on coredns failed: InsufficientNumberOfReplicas: no replicas are up',
    )
  })

  it('gives up after a quarter of an hour, with the issues', async () => {
    const world = await scene(states({ status: 'DEGRADED', health: { issues } }))
    await expect(world.run()).rejects.toThrow(
      'add-on coredns is DEGRADED: InsufficientNumberOfReplicas: no replicas are up (gave up after 900 s)',
    )
  })

  it('says so when there is none', async () => {
    const world = await scene({
      DescribeAddon: () => {
        throw awsFailure('ResourceNotFoundException', 'No addon')
      },
    })
    await expect(world.run()).rejects.toThrow('add-on coredns is gone: no issue reported')
  })

  it.each([
    ['at once where there are no nodes', {}, 5_000],
    ['after a moment where a node may come', { managedNodeGroups: [{ name: 'ng' }] }, 30_000],
  ])('stops waiting for pods that no node will run, and says why: %s', async (_, config, atMostMs) => {
    const world = await scene(states({ status: 'DEGRADED', health: { issues } }), config)
    pod(world, 'metrics-server-5d4f-abcde', 'Unschedulable')
    pod(world, 'metrics-server-5d4f-fghij', 'Unschedulable')
    const startedMs = world.clock.now()
    expect(await world.run('metrics-server')).toEqual({ outcome: 'skipped', detail: 'it has nowhere to run' })
    expect(world.clock.now() - startedMs).toBeLessThan(atMostMs)
    expect(world.listener.warnings).toEqual([
      `the add-on metrics-server has nowhere to run: ${NO_NODES}\n  Add a node group, or a Fargate profile that selects its pods.`,
    ])
  })

  it('knows the pods of an add-on that calls its workload otherwise', async () => {
    const world = await scene(states({ status: 'DEGRADED' }))
    pod(world, 'ebs-csi-controller-5d4f-abcde', 'Unschedulable')
    expect(await world.run('aws-ebs-csi-driver')).toMatchObject({ outcome: 'skipped' })
  })

  it('goes on waiting while one of its pods has a node, or those of another add-on have none', async () => {
    const world = await scene(states({ status: 'DEGRADED' }))
    pod(world, 'coredns-5d4f-abcde', 'Unschedulable')
    pod(world, 'coredns-5d4f-fghij', undefined)
    pod(world, 'metrics-server-5d4f-abcde', 'Unschedulable')
    await expect(world.run()).rejects.toThrow('gave up after 900 s')
  })

  it('gives pods a moment in which a node may come', async () => {
    const world = await scene(states({ status: 'DEGRADED' }), { managedNodeGroups: [{ name: 'ng' }] })
    pod(world, 'coredns-5d4f-abcde', 'Unschedulable')
    world.clock.after(5_000, () => {
      void world.kubernetes.delete(pods, { namespace: 'kube-system', name: 'coredns-5d4f-abcde' })
      pod(world, 'coredns-5d4f-fghij', undefined)
    })
    await expect(world.run()).rejects.toThrow('gave up after 900 s')
    expect(world.listener.warnings).toEqual([])
  })
})
