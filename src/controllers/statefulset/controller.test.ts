import { describe, expect, test } from 'vitest'

import type { Pod, StatefulSet } from '../../../generated/kubernetes.d.ts'
import {
  controllerRevisions,
  nodes,
  persistentVolumeClaims,
  pods,
  statefulSets,
} from '../../kubernetes/client/resources.ts'
import { createSchedulerController } from '../scheduler/controller.ts'
import { createRehearsalKubelet } from '../testing/kubelet.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { sampleNode, templateOf } from '../testing/samples.ts'
import { createStatefulSetController } from './controller.ts'

const key = { namespace: 'default', name: 'web' }

function statefulSet(spec: Partial<StatefulSet['spec']> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...key, uid: 'set-web', resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      replicas: 3,
      serviceName: 'nginx',
      selector: { matchLabels: { app: 'web' } },
      template: templateOf('web:1'),
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
  }
}

async function cluster(set: StatefulSet): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  const { client, context } = rehearsal
  client.seed(nodes, sampleNode('a'))
  client.seed(statefulSets, set)
  rehearsal.start(
    createStatefulSetController(context),
    createSchedulerController(context),
    createRehearsalKubelet(context),
  )
  return rehearsal
}

async function podsOf({ client }: Rehearsal): Promise<Pod[]> {
  const { items } = await client.list(pods)
  return items.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}

async function statusOf({ client }: Rehearsal): Promise<StatefulSet['status']> {
  return (await client.get(statefulSets, key)).status
}

async function ready(rehearsal: Rehearsal, count: number): Promise<void> {
  await rehearsal.until(`${count} ready`, async () => {
    const status = await statusOf(rehearsal)
    return (
      status?.availableReplicas === count && status.replicas === count && status.updatedReplicas === count
    )
  })
  await rehearsal.settle()
}

describe('stateful set controller', () => {
  test('makes pods in order, each with its identity', async () => {
    await using rehearsal = await cluster(statefulSet({ ordinals: { start: 1 } }))
    await ready(rehearsal, 3)
    const made = (await rehearsal.told()).filter((line) => line.startsWith('SuccessfulCreate'))
    expect(made).toEqual(
      [1, 2, 3].map((n) => `SuccessfulCreate: Create Pod web-${n} in StatefulSet web successful`),
    )
    const status = await statusOf(rehearsal)
    const [first] = await podsOf(rehearsal)
    expect(first?.spec).toMatchObject({ hostname: 'web-1', subdomain: 'nginx' })
    expect(first?.metadata.labels).toEqual({
      app: 'web',
      'apps.kubernetes.io/pod-index': '1',
      'controller-revision-hash': status?.updateRevision,
      'statefulset.kubernetes.io/pod-name': 'web-1',
    })
    expect(status).toMatchObject({ currentReplicas: 3, collisionCount: 0, observedGeneration: 1 })
    expect(status?.currentRevision).toBe(status?.updateRevision)
  })

  test('waits for a pod that is not well, up and down, unless pods are managed in parallel', async () => {
    const broken = statefulSet({ template: templateOf('broken') })
    await using rehearsal = await cluster(broken)
    await rehearsal.until('the first', async () => (await podsOf(rehearsal)).length === 1)
    await rehearsal.settle()
    expect((await podsOf(rehearsal)).map(({ metadata }) => metadata.name)).toEqual(['web-0'])
    await using parallel = await cluster({
      ...broken,
      spec: { ...broken.spec, podManagementPolicy: 'Parallel' },
    })
    await parallel.until('all', async () => (await podsOf(parallel)).length === 3)
  })

  test('shrinks from the highest ordinal and makes a lost or failed pod again', async () => {
    await using rehearsal = await cluster(statefulSet())
    const { client } = rehearsal
    await ready(rehearsal, 3)
    const [, second] = await podsOf(rehearsal)
    await client.updateStatus(pods, { ...second, status: { phase: 'Failed' } } as Pod)
    await rehearsal.until('another', async () => {
      const again = (await podsOf(rehearsal))[1]
      return again !== undefined && again.metadata.uid !== second?.metadata.uid
    })
    await ready(rehearsal, 3)
    await client.patch(statefulSets, key, { spec: { replicas: 1 } }, { type: 'merge' })
    await ready(rehearsal, 1)
    const gone = (await rehearsal.told()).filter((line) => line.startsWith('SuccessfulDelete'))
    // The second deletion of web-1 is counted with the first.
    expect(gone).toEqual(
      [1, 2].map((n) => `SuccessfulDelete: Delete Pod web-${n} in StatefulSet web successful`),
    )
  })

  test('updates from the highest ordinal down to the partition, and keeps a history', async () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } as const
    await using rehearsal = await cluster(statefulSet({ updateStrategy }))
    const { client } = rehearsal
    await ready(rehearsal, 3)
    const before = (await statusOf(rehearsal))?.currentRevision
    await client.patch(statefulSets, key, { spec: { template: templateOf('web:2') } }, { type: 'merge' })
    const images = async () => (await podsOf(rehearsal)).map(({ spec }) => spec.containers[0]?.image)
    await rehearsal.until('canary', async () => (await statusOf(rehearsal))?.updatedReplicas === 1)
    await rehearsal.settle()
    expect(await images()).toEqual(['web:1', 'web:1', 'web:2'])
    expect(await statusOf(rehearsal)).toMatchObject({ currentRevision: before, currentReplicas: 2 })
    const whole = { spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } } }
    await client.patch(statefulSets, key, whole, { type: 'merge' })
    await ready(rehearsal, 3)
    expect(await images()).toEqual(['web:2', 'web:2', 'web:2'])
    const status = await statusOf(rehearsal)
    expect(status?.currentRevision).toBe(status?.updateRevision)
    // Back to the template before: its revision becomes the newest instead of a third one.
    await client.patch(statefulSets, key, { spec: { template: templateOf('web:1') } }, { type: 'merge' })
    await rehearsal.until('rolled back', async () => {
      const { currentRevision, updatedReplicas } = (await statusOf(rehearsal)) ?? {}
      return currentRevision === before && updatedReplicas === 3
    })
    const { items } = await client.list(controllerRevisions)
    expect(items.map(({ revision }) => revision).toSorted((a, b) => a - b)).toEqual([2, 3])
  })

  test('leaves updating to who deletes the pods when asked to', async () => {
    await using rehearsal = await cluster(statefulSet({ updateStrategy: { type: 'OnDelete' } }))
    const { client } = rehearsal
    await ready(rehearsal, 3)
    await client.patch(statefulSets, key, { spec: { template: templateOf('web:2') } }, { type: 'merge' })
    await rehearsal.settle()
    expect((await statusOf(rehearsal))?.updatedReplicas).toBe(0)
    await client.delete(pods, { namespace: 'default', name: 'web-1' })
    await rehearsal.until('renewed', async () => (await statusOf(rehearsal))?.updatedReplicas === 1)
  })

  test('clears revisions beyond the limit', async () => {
    await using rehearsal = await cluster(statefulSet({ replicas: 1, revisionHistoryLimit: 1 }))
    await ready(rehearsal, 1)
    for (const image of ['web:2', 'web:3', 'web:4']) {
      const { client } = rehearsal
      await client.patch(statefulSets, key, { spec: { template: templateOf(image) } }, { type: 'merge' })
      await rehearsal.settle()
      await ready(rehearsal, 1)
    }
    const { items } = await rehearsal.client.list(controllerRevisions)
    expect(items.map(({ revision }) => revision).toSorted((a, b) => a - b)).toEqual([3, 4])
  })
})

describe('claims of a stateful set', () => {
  const volumeClaimTemplates = [
    { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } },
  ] as unknown as NonNullable<StatefulSet['spec']['volumeClaimTemplates']>

  test('are made before their pods, and mounted by them', async () => {
    await using rehearsal = await cluster(statefulSet({ replicas: 1, volumeClaimTemplates }))
    await rehearsal.until('made', async () => (await podsOf(rehearsal)).length === 1)
    await rehearsal.settle()
    expect(await rehearsal.told()).toContain(
      'SuccessfulCreate: Create Claim data-web-0 Pod web-0 in StatefulSet web success',
    )
    const [pod] = await podsOf(rehearsal)
    expect(pod?.spec.volumes).toContainEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'data-web-0' },
    })
    const claim = await rehearsal.client.get(persistentVolumeClaims, { ...key, name: 'data-web-0' })
    expect(claim.metadata.labels).toEqual({ app: 'web' })
    expect(claim.metadata.ownerReferences ?? []).toEqual([])
  })

  test('go with their set when they are not to be retained', async () => {
    const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Retain' }
    await using rehearsal = await cluster(
      statefulSet({ replicas: 1, volumeClaimTemplates, persistentVolumeClaimRetentionPolicy }),
    )
    await rehearsal.until('owned', async () => {
      const { items } = await rehearsal.client.list(persistentVolumeClaims)
      return items[0]?.metadata.ownerReferences?.[0]?.kind === 'StatefulSet'
    })
  })
})
