import { describe, expect, test } from 'vitest'

import type { Pod, ReplicaSet, ReplicationController } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import {
  events,
  nodes,
  pods,
  replicaSets,
  replicationControllers,
} from '../../kubernetes/client/resources.ts'
import { createRehearsalKubelet } from '../testing/kubelet.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { readyStatus, sampleNode, samplePod, sampleSet } from '../testing/samples.ts'
import { createSchedulerController } from '../scheduler/controller.ts'
import { createReplicaSetController, createReplicationController } from './controller.ts'
import { inDeletionOrder } from './ranking.ts'

const key = { namespace: 'default', name: 'web' }
const labels = { app: 'web' }

async function cluster(set: ReplicaSet): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  const { client, context } = rehearsal
  client.seed(nodes, sampleNode('a'))
  const { status: _status, ...draft } = set
  client.seed(replicaSets, draft)
  rehearsal.start(
    createReplicaSetController(context),
    createSchedulerController(context),
    createRehearsalKubelet(context),
  )
  return rehearsal
}

describe('replication controller', () => {
  test('keeps its pods by the loop of replica sets, under its own name', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(nodes, sampleNode('a'))
    const { template } = sampleSet('web', 2).spec
    const controller: Omit<ReplicationController, 'status'> = {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { ...key, uid: 'rc-web', resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { replicas: 2, selector: labels, ...(template ? { template } : {}) },
    }
    client.seed(replicationControllers, controller)
    client.seed(pods, samplePod('orphan', { labels, metadata: { uid: 'pod-0001' } }))
    client.seed(pods, samplePod('stranger', { labels: { app: 'other' }, metadata: { uid: 'pod-0002' } }))
    rehearsal.start(
      createReplicationController(context),
      createReplicaSetController(context),
      createSchedulerController(context),
      createRehearsalKubelet(context),
    )
    const read = async () => (await client.get(replicationControllers, key)).status
    await rehearsal.until('available', async () => (await read())?.availableReplicas === 2)
    await rehearsal.settle()
    expect(await read()).not.toHaveProperty('terminatingReplicas')
    const owned = (await client.list(pods)).items.filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ kind, uid }) => kind === 'ReplicationController' && uid === 'rc-web'),
    )
    expect(owned.length).toBe(2)
    expect(owned.map(({ metadata }) => metadata.name)).toContain('orphan')
    expect((await client.list(pods)).items.length).toBe(3)
    const from = (await client.list(events)).items
      .filter(({ involvedObject }) => involvedObject.kind === 'ReplicationController')
      .map(({ source, reason }) => `${source?.component}: ${reason}`)
    expect(from).toEqual(['replication-controller: SuccessfulCreate'])
  })
})

describe('replica set controller', () => {
  test('makes pods, counts them, and makes no more than asked', async () => {
    await using rehearsal = await cluster(sampleSet('web', 3))
    const { client } = rehearsal
    await rehearsal.until(
      'available',
      async () => (await client.get(replicaSets, key)).status?.availableReplicas === 3,
    )
    await rehearsal.settle()
    expect((await client.list(pods)).items.length).toBe(3)
    expect((await client.get(replicaSets, key)).status).toMatchObject({
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      observedGeneration: 1,
    })
    expect((await client.get(replicaSets, key)).status?.terminatingReplicas).toBe(0)
    const [pod] = (await client.list(pods)).items
    expect(pod?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web',
        uid: 'set-web',
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
    expect(await rehearsal.told()).toContain(`SuccessfulCreate: Created pod: ${pod?.metadata.name}`)
    await client.patch(replicaSets, key, { spec: { replicas: 1 } }, { type: 'merge' })
    await rehearsal.until('smaller', async () => (await client.list(pods)).items.length === 1)
    expect(
      (await rehearsal.told()).filter((line) => line.startsWith('SuccessfulDelete: Deleted pod: web-'))
        .length,
    ).toBe(2)
  })

  test('adopts orphans that it selects and releases pods that it selects no longer', async () => {
    const rehearsal = await cluster(sampleSet('web', 1))
    await using _ = rehearsal
    const { client } = rehearsal
    await rehearsal.until(
      'made',
      async () => (await client.get(replicaSets, key)).status?.availableReplicas === 1,
    )
    const [own] = (await client.list(pods)).items
    await client.patch(
      pods,
      { namespace: 'default', name: own?.metadata.name ?? '' },
      { metadata: { labels: { app: 'debug' } } },
      { type: 'merge' },
    )
    await rehearsal.until('replaced', async () => (await client.list(pods)).items.length === 2)
    const released = await client.get(pods, { namespace: 'default', name: own?.metadata.name ?? '' })
    expect(released.metadata.ownerReferences ?? []).toEqual([])
    // No scheduler serves it: otherwise the two might race.
    client.seed(pods, samplePod('orphan', { labels, spec: { schedulerName: 'nobody' } }))
    // One too many now: the unscheduled orphan, once adopted, is the first to go.
    await rehearsal.until(
      'adopted and removed',
      async () => !(await client.list(pods)).items.some((p) => p.metadata.name === 'orphan'),
    )
  })

  test('says why it cannot make pods, and goes on when it can', async () => {
    const rehearsal = await cluster(sampleSet('web', 1))
    await using _ = rehearsal
    const { client } = rehearsal
    client.failNext(
      'create',
      'pods',
      new StatusError('Forbidden', 'pods "web-" is forbidden: exceeded quota'),
    )
    await rehearsal.until('told', async () =>
      (await rehearsal.told()).some((line) => line.startsWith('FailedCreate')),
    )
    expect(await rehearsal.told()).toContain(
      'FailedCreate: Error creating: pods "web-" is forbidden: exceeded quota',
    )
    await rehearsal.until(
      'made',
      async () => (await client.get(replicaSets, key)).status?.availableReplicas === 1,
    )
    await rehearsal.settle()
    expect((await client.get(replicaSets, key)).status?.conditions ?? []).toEqual([])
  })

  test('counts a pod as available only after minReadySeconds', async () => {
    const set = sampleSet('web', 1)
    await using rehearsal = await cluster({ ...set, spec: { ...set.spec, minReadySeconds: 10 } })
    const { client, clock } = rehearsal
    const read = async () => (await client.get(replicaSets, key)).status
    await rehearsal.until('ready', async () => (await read())?.readyReplicas === 1)
    expect((await read())?.availableReplicas).toBe(0)
    await clock.advance(10_000)
    await rehearsal.until('available', async () => (await read())?.availableReplicas === 1)
  })
})

describe('order of deletion', () => {
  // kubernetes pkg/controller: TestSortingActivePodsWithRanks.
  const at = (day: number) => `2026-01-0${day}T00:00:00Z`
  const pod = (name: string, change: Parameters<typeof samplePod>[1] = {}): Pod => samplePod(name, change)
  const assigned = { nodeName: 'a' }
  const cheap = { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-10' } }
  const restarted = {
    ...readyStatus(),
    containerStatuses: [{ name: 'main', ready: true, restartCount: 3, image: '', imageID: '' }],
  }
  const order = [
    pod('unassigned', { status: { phase: 'Pending' } }),
    pod('pending', { spec: assigned, status: { phase: 'Pending' } }),
    pod('not-ready', { spec: assigned, status: { phase: 'Running' } }),
    pod('cheap', { spec: assigned, status: readyStatus(), metadata: cheap }),
    pod('crowded', { spec: { nodeName: 'b' }, status: readyStatus() }),
    pod('lately-ready', { spec: assigned, status: readyStatus(at(9)) }),
    pod('restarted', { spec: assigned, status: restarted }),
    pod('plain', { spec: assigned, status: readyStatus(), metadata: { creationTimestamp: at(1) } }),
  ]
  const crowd = ['x', 'y'].map((name) => pod(name, { spec: { nodeName: 'b' } }))

  test('puts what costs least first', () => {
    const shuffled = [...order].toReversed()
    expect(
      inDeletionOrder(shuffled, crowd, Date.parse(at(9)) + 1000).map((each) => each.metadata.name),
    ).toEqual(order.map((each) => each.metadata.name))
  })
})
