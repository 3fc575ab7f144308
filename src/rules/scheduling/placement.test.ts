import { describe, expect, test } from 'vitest'

import type { Node, Pod, PodSpec } from '../../../generated/kubernetes.d.ts'
import { readyStatus, requesting, sampleNode, samplePod } from '../../controllers/testing/samples.ts'
import { checkClaims } from './claims.ts'
import { NO_STORAGE } from './storage-lookup.ts'
import { fitMessage } from './message.ts'
import { placePod } from './placement.ts'
import type { Placement } from './placement.ts'
import { podRequests, RequestCache } from './requests.ts'
import { takeSnapshot } from './snapshot.ts'

function place(
  pod: Pod,
  nodes: readonly Node[],
  pods: readonly Pod[] = [],
  { belongsWith, minor }: { belongsWith?: Record<string, string>; minor?: number } = {},
): Placement {
  const requests = new RequestCache()
  const taken = takeSnapshot({ nodes, pods, namespaces: [], placed: new Map() }, requests)
  const snapshot = minor === undefined ? taken : { ...taken, minor }
  return placePod(pod, snapshot, {
    requests,
    belongsWith: belongsWith && { matchLabels: belongsWith },
    claims: checkClaims(pod, NO_STORAGE),
  })
}

const on = (
  name: string,
  nodeName: string,
  spec: Partial<PodSpec> = {},
  labels: Record<string, string> = {},
): Pod => samplePod(name, { labels, spec: { ...spec, nodeName }, status: readyStatus() })

const fargate = sampleNode('fargate-ip-10-0-1-2', {
  spec: { taints: [{ key: 'eks.amazonaws.com/compute-type', value: 'fargate', effect: 'NoSchedule' }] },
  allocatable: { pods: '1' },
})
const zoned = (name: string, zone: string): Node =>
  sampleNode(name, { labels: { 'topology.kubernetes.io/zone': zone } })
const zone = 'topology.kubernetes.io/zone'
const web = { matchLabels: { app: 'web' } }

describe('a pod that fits nowhere', () => {
  test('without nodes', () => {
    expect(place(samplePod('p'), [])).toEqual({ message: 'no nodes available to schedule pods' })
  })

  test.each<[string, PodSpec['volumes'], string]>([
    [
      'with a claim',
      [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }],
      'persistentvolumeclaim "data" not found',
    ],
    [
      'with a claim of its own',
      [{ name: 'd', ephemeral: {} }],
      'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-d"',
    ],
  ])('%s, which no kind of the API serves', (_, volumes = [], reason) => {
    const nodes = [sampleNode('a'), sampleNode('b')]
    expect(place(samplePod('p', { spec: { volumes } }), nodes)).toEqual({
      message: `0/2 nodes are available: ${reason}. not found`,
    })
  })

  test('that asks for devices which no node has', () => {
    const gpu = requesting({ 'nvidia.com/gpu': '1' })
    expect(place(samplePod('p', { spec: gpu }), [sampleNode('a')])).toMatchObject({
      message: expect.stringMatching(/^0\/1 nodes are available: 1 Insufficient nvidia.com\/gpu\. /),
    })
    const withGpu = sampleNode('a', { allocatable: { 'nvidia.com/gpu': '1' } })
    expect(place(samplePod('p', { spec: gpu }), [withGpu])).toEqual({ nodeName: 'a' })
  })

  test('on a Fargate-only cluster, as the EKS facts record it', () => {
    const second = { ...fargate, metadata: { ...fargate.metadata, name: 'fargate-ip-10-0-1-3' } }
    expect(place(samplePod('p'), [fargate, second])).toEqual({
      message:
        '0/2 nodes are available: 2 node(s) had untolerated taint(s). ' +
        'no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    })
    expect(place(samplePod('p'), [fargate, second], [], { minor: 33 })).toEqual({
      message:
        '0/2 nodes are available: 2 node(s) had untolerated taint {eks.amazonaws.com/compute-type: fargate}. ' +
        'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.',
    })
  })

  test('a daemon pod that tolerates everything, on a full Fargate node', () => {
    const terms = [
      { matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: [fargate.metadata.name] }] },
    ]
    const pod = samplePod('p', {
      spec: {
        tolerations: [{ operator: 'Exists' }],
        affinity: {
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
        },
      },
    })
    expect(place(pod, [fargate, sampleNode('a')], [on('x', fargate.metadata.name)])).toEqual({
      message:
        "0/2 nodes are available: 1 Too many pods, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: " +
        '0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    })
  })

  const tainted = sampleNode('n', {
    spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] },
  })
  const antiTerm = { labelSelector: web, topologyKey: 'kubernetes.io/hostname' }
  const anti = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [antiTerm] } }
  const near = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [antiTerm] } }
  const spread = {
    maxSkew: 1,
    topologyKey: zone,
    whenUnsatisfiable: 'DoNotSchedule' as const,
    labelSelector: web,
  }
  const port = { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort: 80 }] }] }

  test.each([
    [
      'cpu that is taken',
      requesting({ cpu: '1500m' }),
      sampleNode('n'),
      [on('x', 'n', requesting({ cpu: '1' }))],
      'Insufficient cpu',
    ],
    ['memory beyond the node', requesting({ memory: '8Gi' }), sampleNode('n'), [], 'Insufficient memory'],
    [
      'an extended resource',
      requesting({ 'nvidia.com/gpu': '1' }),
      sampleNode('n'),
      [],
      'Insufficient nvidia.com/gpu',
    ],
    ['a full node', {}, sampleNode('n', { allocatable: { pods: '1' } }), [on('x', 'n')], 'Too many pods'],
    ['a taint', {}, tainted, [], 'node(s) had untolerated taint(s)'],
    ['a cordon', {}, sampleNode('n', { spec: { unschedulable: true } }), [], 'node(s) were unschedulable'],
    [
      'a node selector',
      { nodeSelector: { disk: 'ssd' } },
      sampleNode('n'),
      [],
      "node(s) didn't match Pod's node affinity/selector",
    ],
    [
      'a host port',
      port,
      sampleNode('n'),
      [on('x', 'n', port)],
      "node(s) didn't have free ports for the requested pod ports",
    ],
    [
      'anti-affinity',
      { affinity: anti },
      sampleNode('n'),
      [on('x', 'n', {}, { app: 'web' })],
      "node(s) didn't match pod anti-affinity rules",
    ],
    [
      "another's anti-affinity",
      {},
      sampleNode('n'),
      [on('x', 'n', { affinity: anti })],
      "node(s) didn't satisfy existing pods anti-affinity rules",
    ],
    [
      'affinity to nobody',
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { ...antiTerm, labelSelector: { matchLabels: { app: 'db' } } },
            ],
          },
        },
      },
      sampleNode('n'),
      [],
      "node(s) didn't match pod affinity rules",
    ],
    [
      'spread without the label',
      { topologySpreadConstraints: [spread] },
      sampleNode('n'),
      [],
      "node(s) didn't match pod topology spread constraints (missing required label)",
    ],
  ] as const)('%s', (...[, spec, node, pods, reason]) => {
    const placement = place(
      samplePod('p', { labels: { app: 'web' }, spec: spec as Partial<PodSpec> }),
      [node],
      pods as readonly Pod[],
    )
    expect(placement).toHaveProperty('message')
    expect(
      (placement as { message: string }).message.startsWith(
        `0/1 nodes are available: 1 ${reason}. no new claims to deallocate, preemption: `,
      ),
    ).toBe(true)
  })

  test('affinity to its own kind lets the first one in', () => {
    expect(
      place(samplePod('p', { labels: { app: 'web' }, spec: { affinity: near } }), [sampleNode('n')]),
    ).toEqual({ nodeName: 'n' })
  })

  test('a skewed spread names the constraint and goes where it is kept', () => {
    const pod = samplePod('p', { labels: { app: 'web' }, spec: { topologySpreadConstraints: [spread] } })
    const pods = [on('x', 'a', {}, { app: 'web' })]
    const cordoned = sampleNode('b', { labels: { [zone]: 'z2' }, spec: { unschedulable: true } })
    expect(place(pod, [zoned('a', 'z1'), zoned('b', 'z2')], pods)).toEqual({ nodeName: 'b' })
    expect(place(pod, [zoned('a', 'z1'), cordoned], pods)).toHaveProperty(
      'message',
      "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, 1 node(s) were unschedulable. " +
        'no new claims to deallocate, preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    )
  })

  test('reasons are counted over nodes and sorted as text', () => {
    const reasons = [
      { reasons: ['Insufficient memory', 'Insufficient cpu'] },
      { reasons: ['Insufficient cpu'] },
    ]
    expect(fitMessage(2, reasons)).toBe('0/2 nodes are available: 1 Insufficient memory, 2 Insufficient cpu.')
  })
})

describe('a pod that fits', () => {
  test('goes to the other node when one of its kind is there already, however small it is', () => {
    const nodes = [sampleNode('a'), sampleNode('b')]
    const labels = { app: 'web' }
    const pods = [
      on('first', 'a', {}, labels),
      on('other', 'b', requesting({ cpu: '250m', memory: '256Mi' })),
    ]
    expect(place(samplePod('p', { labels }), nodes, pods, { belongsWith: labels })).toEqual({ nodeName: 'b' })
  })

  test('goes where preferred terms point, and away from PreferNoSchedule', () => {
    const preference = { matchExpressions: [{ key: 'disk', operator: 'In' as const, values: ['ssd'] }] }
    const pod = samplePod('p', {
      spec: {
        affinity: {
          nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] },
        },
      },
    })
    expect(place(pod, [sampleNode('a'), sampleNode('b', { labels: { disk: 'ssd' } })])).toEqual({
      nodeName: 'b',
    })
    const avoided = sampleNode('a', { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } })
    expect(place(samplePod('p'), [avoided, sampleNode('b')])).toEqual({ nodeName: 'b' })
  })

  test('goes to the emptier node', () => {
    const busy = [on('x', 'a', requesting({ cpu: '1', memory: '2Gi' }))]
    expect(place(samplePod('p'), [sampleNode('a'), sampleNode('b')], busy)).toEqual({ nodeName: 'b' })
  })

  test('ended pods hold nothing', () => {
    const ended = { ...on('x', 'n', requesting({ cpu: '2' })), status: { phase: 'Succeeded' as const } }
    expect(place(samplePod('p', { spec: requesting({ cpu: '2' }) }), [sampleNode('n')], [ended])).toEqual({
      nodeName: 'n',
    })
  })
})

describe('preemption', () => {
  const important = samplePod('p', { spec: { ...requesting({ cpu: '1' }), priority: 1000 } })

  test('takes the least important pods that make room, and no more', () => {
    const pods = [
      on('low', 'n', { ...requesting({ cpu: '1' }), priority: 1 }),
      on('middle', 'n', { ...requesting({ cpu: '1' }), priority: 10 }),
    ]
    const placement = place(important, [sampleNode('n')], pods)
    expect(placement).toMatchObject({
      message: '0/1 nodes are available: 1 Insufficient cpu.',
      preempt: { nodeName: 'n' },
    })
    expect('preempt' in placement && placement.preempt?.victims.map((pod) => pod.metadata.name)).toEqual([
      'low',
    ])
  })

  test('does not happen with preemptionPolicy Never', () => {
    const never = samplePod('p', { spec: { ...important.spec, preemptionPolicy: 'Never' } })
    expect(place(never, [sampleNode('n')], [on('low', 'n', requesting({ cpu: '2' }))])).toEqual({
      message:
        '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    })
  })
})

describe('requests of a pod', () => {
  const container = (cpu: string, restartPolicy?: string) => ({
    name: 'c',
    resources: { requests: { cpu } },
    ...(restartPolicy ? { restartPolicy } : {}),
  })

  // kubernetes component-helpers resource/helpers_test.go, in millicores.
  test.each([
    ['containers add up', { containers: [container('100m'), container('200m')] }, 300],
    [
      'the largest init container counts',
      { containers: [container('100m')], initContainers: [container('500m'), container('300m')] },
      500,
    ],
    [
      'sidecars count beside containers',
      { containers: [container('100m')], initContainers: [container('200m', 'Always')] },
      300,
    ],
    [
      'init containers run beside earlier sidecars',
      { containers: [container('1m')], initContainers: [container('200m', 'Always'), container('300m')] },
      500,
    ],
    ['overhead comes on top', { containers: [container('100m')], overhead: { cpu: '50m' } }, 150],
    [
      'pod-level requests replace',
      { containers: [container('100m')], resources: { requests: { cpu: '1' } } },
      1000,
    ],
  ])('%s', (_name, spec, milli) => {
    expect(podRequests(samplePod('p', { spec })).get('cpu')).toBe(milli)
  })
})
