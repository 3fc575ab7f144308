import { describe, expect, test } from 'vitest'

import type { DaemonSet, Node, Pod } from '../../../generated/kubernetes.d.ts'
import { controllerRevisions, daemonSets, nodes, pods } from '../../kubernetes/client/resources.ts'
import { createRehearsalKubelet } from '../testing/kubelet.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { sampleNode, templateOf } from '../testing/samples.ts'
import { createSchedulerController } from '../scheduler/controller.ts'
import { createDaemonSetController } from './controller.ts'
import { belongsOn } from './placement.ts'
import { concernedNodes } from './plan.ts'

const key = { namespace: 'default', name: 'agent' }

function daemonSet(spec: Partial<DaemonSet['spec']> = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...key, uid: 'daemon', resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { selector: { matchLabels: { app: 'web' } }, template: templateOf('agent:1'), ...spec },
  }
}

const tainted = (name: string, taintKey: string, effect: 'NoSchedule' | 'NoExecute'): Node =>
  sampleNode(name, { spec: { taints: [{ key: taintKey, effect }] } })
const fargate = sampleNode('fargate-ip-10-0-1-2', {
  spec: { taints: [{ key: 'eks.amazonaws.com/compute-type', value: 'fargate', effect: 'NoSchedule' }] },
  allocatable: { pods: '1' },
})

async function cluster(set: DaemonSet, all: readonly Node[]): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  const { client, context } = rehearsal
  for (const node of all) client.seed(nodes, node)
  client.seed(daemonSets, set)
  rehearsal.start(
    createDaemonSetController(context),
    createSchedulerController(context),
    createRehearsalKubelet(context),
  )
  return rehearsal
}

describe('nodes of a daemon set', () => {
  // kubernetes pkg/controller/daemon: TestNodeShouldRunDaemonPod.
  test.each([
    ['plain', sampleNode('n'), { run: true, stay: true }],
    ['cordoned', tainted('n', 'node.kubernetes.io/unschedulable', 'NoSchedule'), { run: true, stay: true }],
    ['unreachable', tainted('n', 'node.kubernetes.io/unreachable', 'NoExecute'), { run: true, stay: true }],
    ['tainted NoSchedule', tainted('n', 'dedicated', 'NoSchedule'), { run: false, stay: true }],
    ['tainted NoExecute', tainted('n', 'dedicated', 'NoExecute'), { run: false, stay: false }],
    ['Fargate', fargate, { run: false, stay: true }],
  ])('%s', (_name, node, expected) => {
    expect(belongsOn(daemonSet(), node)).toEqual(expected)
  })

  test('are of no concern where no daemon belongs and none is', () => {
    const [set, plain, other] = [
      daemonSet(),
      sampleNode('plain'),
      { ...fargate, metadata: { ...fargate.metadata, name: 'f2' } },
    ]
    const stray = { metadata: { ...key, name: 'stray' }, spec: { nodeName: 'f2', containers: [] } } as never
    const names = (on: readonly Pod[]): string[] =>
      concernedNodes(set, [plain, fargate, other], on).map(({ metadata }) => metadata.name)
    expect(names([])).toEqual(['plain'])
    expect(names([stray])).toEqual(['plain', 'f2'])
  })

  test('are looked at once for each version of the template and of the node', () => {
    const set = daemonSet()
    const node = sampleNode('n')
    const found = belongsOn(set, node)
    expect(belongsOn({ ...set, status: { ...set.status, numberReady: 1 } as never }, node)).toBe(found)
    expect(belongsOn(set, { ...node })).not.toBe(found)
    const template = { ...set.spec.template, spec: { containers: [], nodeName: 'other' } }
    expect(belongsOn({ ...set, spec: { ...set.spec, template } }, node)).toEqual({ run: false, stay: false })
  })
})

describe('daemon set controller', () => {
  test('runs one pod on each node, bound by the scheduler, and none on Fargate', async () => {
    await using rehearsal = await cluster(daemonSet(), [sampleNode('a'), sampleNode('b'), fargate])
    const { client } = rehearsal
    await rehearsal.until('ready', async () => (await client.get(daemonSets, key)).status?.numberReady === 2)
    await rehearsal.settle()
    const { items } = await client.list(pods)
    expect(items.map((pod) => pod.spec.nodeName ?? '').toSorted()).toEqual(['a', 'b'])
    expect((await client.get(daemonSets, key)).status).toMatchObject({
      desiredNumberScheduled: 2,
      currentNumberScheduled: 2,
      updatedNumberScheduled: 2,
      numberAvailable: 2,
      numberUnavailable: 0,
      numberMisscheduled: 0,
    })
    client.seed(nodes, sampleNode('c'))
    await rehearsal.until('joined', async () => (await client.get(daemonSets, key)).status?.numberReady === 3)
    await rehearsal.settle()
    const writes = client.actions.length
    await rehearsal.clock.advance(3_600_000)
    expect(client.actions.slice(writes)).toEqual([])
  })

  test('that tolerates everything stays pending on a full Fargate node', async () => {
    const template = templateOf('agent:1')
    const spec = {
      ...template.spec,
      containers: template.spec?.containers ?? [],
      tolerations: [{ operator: 'Exists' as const }],
    }
    const full = sampleNode(fargate.metadata.name, { spec: fargate.spec, allocatable: { pods: '0' } })
    await using rehearsal = await cluster(daemonSet({ template: { ...template, spec } }), [full])
    await rehearsal.until('refused', async () =>
      (await rehearsal.told()).some((line) => line.startsWith('FailedScheduling')),
    )
    expect((await rehearsal.told()).find((line) => line.startsWith('FailedScheduling'))).toMatch(
      /^FailedScheduling: 0\/1 nodes are available: 1 Too many pods\. /,
    )
  })

  test.each([
    ['one at a time', { maxUnavailable: 1 }, 2],
    ['all at once', { maxUnavailable: '100%' }, 0],
    ['with surge, none less', { maxSurge: 1, maxUnavailable: 0 }, 3],
  ])('updates %s', async (_name, rollingUpdate, leastReady) => {
    const all = ['a', 'b', 'c'].map((name) => sampleNode(name))
    const set = daemonSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
    await using rehearsal = await cluster(set, all)
    const { client } = rehearsal
    const read = async () => (await client.get(daemonSets, key)).status
    await rehearsal.until('ready', async () => (await read())?.numberReady === 3)
    await rehearsal.settle()
    await client.patch(daemonSets, key, { spec: { template: templateOf('agent:2') } }, { type: 'merge' })
    let least = 3
    await rehearsal.until('updated', async () => {
      const { items } = await client.list(pods)
      const ready = items.filter(
        (pod) => !pod.metadata.deletionTimestamp && pod.status?.conditions?.some((c) => c.type === 'Ready'),
      )
      least = Math.min(least, ready.length)
      const isNew = items.every((pod) => pod.spec.containers[0]?.image === 'agent:2')
      return isNew && (await read())?.numberAvailable === 3 && (await read())?.updatedNumberScheduled === 3
    })
    expect(least).toBeGreaterThanOrEqual(leastReady)
    await rehearsal.settle()
    expect((await client.list(pods)).items.length).toBe(3)
  })

  test('keeps a revision of each template, within its limit, and knows one that comes back', async () => {
    await using rehearsal = await cluster(daemonSet({ revisionHistoryLimit: 1 }), [sampleNode('a')])
    const { client } = rehearsal
    const isAt = async (image: string) => {
      const { items } = await client.list(pods)
      const [pod, ...others] = items
      return others.length === 0 && pod?.spec.containers[0]?.image === image && !!pod.status?.conditions
    }
    const revisions = async () => {
      const { items } = await client.list(controllerRevisions)
      return items.toSorted((a, b) => a.revision - b.revision)
    }
    for (const image of ['agent:1', 'agent:2', 'agent:3']) {
      await client.patch(daemonSets, key, { spec: { template: templateOf(image) } }, { type: 'merge' })
      await rehearsal.until(image, () => isAt(image))
      await rehearsal.settle()
    }
    const [second] = await revisions()
    expect((await revisions()).map(({ revision }) => revision)).toEqual([2, 3])
    expect(second?.data).toMatchObject({
      spec: { template: { ...templateOf('agent:2'), $patch: 'replace' } },
    })
    // What `kubectl rollout undo daemonset` ends in.
    await client.patch(daemonSets, key, { spec: { template: templateOf('agent:2') } }, { type: 'merge' })
    await rehearsal.until('undone', () => isAt('agent:2'))
    await rehearsal.settle()
    const [, undone] = await revisions()
    expect(undone).toMatchObject({ metadata: { name: second?.metadata.name }, revision: 4 })
    const [pod] = (await client.list(pods)).items
    expect(pod?.metadata.labels?.['controller-revision-hash']).toBe(
      undone?.metadata.labels?.['controller-revision-hash'],
    )
  })

  test('joins revisions of one template, and marks the pods with the one that stays', async () => {
    await using rehearsal = await cluster(daemonSet(), [sampleNode('a')])
    const { client } = rehearsal
    await rehearsal.until('ready', async () => (await client.get(daemonSets, key)).status?.numberReady === 1)
    await rehearsal.settle()
    const [first] = (await client.list(controllerRevisions)).items
    const [pod] = (await client.list(pods)).items
    if (!first || !pod) throw new Error('nothing was made')
    const { ownerReferences } = first.metadata
    const labels = { ...first.metadata.labels, 'controller-revision-hash': 'other' }
    await client.create(controllerRevisions, {
      ...first,
      metadata: {
        name: 'agent-other',
        namespace: 'default',
        labels,
        ...(ownerReferences && { ownerReferences }),
      },
      revision: 2,
    })
    client.seed(nodes, sampleNode('b'))
    await rehearsal.until('joined', async () => {
      const { items } = await client.list(pods)
      return (
        items.length === 2 &&
        items.every(({ metadata }) => metadata.labels?.['controller-revision-hash'] === 'other')
      )
    })
    await rehearsal.settle()
    expect((await client.list(controllerRevisions)).items.map(({ metadata }) => metadata.name)).toEqual([
      'agent-other',
    ])
    expect((await client.list(pods)).items.map(({ metadata }) => metadata.uid)).toContain(pod.metadata.uid)
  })
})
