import { describe, expect, test } from 'vitest'

import type { Pod, PodSpec } from '../../../generated/kubernetes.d.ts'
import { RequestCache } from '../scheduling/requests.ts'
import { nodeInfo } from '../scheduling/snapshot.ts'
import { autoModeTypes } from './instance-labels.ts'
import { builtinPool, type NodePool } from './node-pool.ts'
import { provision, type PoolOffer, type ProvisionInput, typesOf } from './provision.ts'

const ZONES = ['us-east-1a', 'us-east-1b']

function pod(name: string, requests: Record<string, string> = {}, spec: Partial<PodSpec> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'web', uid: name, labels: { app: 'web' } } as unknown as Pod['metadata'],
    spec: { containers: [{ name: 'app', image: 'app', resources: { requests } }], ...spec },
  }
}

function pods(count: number, requests: Record<string, string>, spec: Partial<PodSpec> = {}): Pod[] {
  return Array.from({ length: count }, (_, index) => pod(`web-${index}`, requests, spec))
}

interface Change {
  readonly name?: string
  readonly requirements?: NodePool['spec']['template']['spec']['requirements']
  readonly spec?: Partial<NodePool['spec']>
  readonly used?: PoolOffer['used']
}

function offer({ name = 'own', requirements = [], spec = {}, used = new Map() }: Change = {}): PoolOffer {
  const builtin = builtinPool('general-purpose')
  const { template } = builtin.spec
  const pool = {
    metadata: { name },
    spec: {
      ...builtin.spec,
      ...spec,
      template: { ...template, ...spec.template, spec: { ...template.spec, ...spec.template?.spec } },
    },
  }
  pool.spec.template.spec.requirements = [...pool.spec.template.spec.requirements, ...requirements]
  return { pool, zones: ZONES, used }
}

function run(input: Pick<ProvisionInput, 'pods'> & Partial<ProvisionInput>) {
  return provision({
    region: 'us-east-1',
    offers: [offer()],
    snapshot: { nodes: [], namespaceLabels: () => ({}) },
    requests: new RequestCache(),
    daemons: () => [],
    ...input,
  })
}

describe('instance types', () => {
  test('are those of AWS’s list, with more than one core and none of the small sizes', () => {
    const names = autoModeTypes().map(({ type }) => type.name)
    expect(names).toEqual(expect.arrayContaining(['m5.large', 'c7i-flex.large', 't3.medium', 'g5.xlarge']))
    for (const name of ['t3.small', 't3.nano', 'm1.large', 'hpc6a.48xlarge'])
      expect(names).not.toContain(name)
  })

  test.each([
    [
      'm5.large',
      {
        'instance-category': 'm',
        'instance-generation': '5',
        'instance-family': 'm5',
        'instance-size': 'large',
      },
    ],
    [
      'c7i-flex.xlarge',
      { 'instance-family': 'c7i-flex', 'instance-cpu': '4', 'instance-cpu-manufacturer': 'intel' },
    ],
    ['m6a.large', { 'instance-cpu-manufacturer': 'amd', 'compute-type': 'auto' }],
    ['m7g.large', { 'instance-cpu-manufacturer': 'aws', 'instance-memory': '8192' }],
    [
      'g5.xlarge',
      { 'instance-gpu-count': '1', 'instance-gpu-manufacturer': 'nvidia', 'instance-gpu-name': 'a10g' },
    ],
    ['im4gn.large', { 'instance-category': 'im', 'instance-generation': '4' }],
  ])('%s has its labels', (name, expected) => {
    const found = autoModeTypes().find(({ type }) => type.name === name)
    const labels = Object.entries(expected).map(([key, value]) => [`eks.amazonaws.com/${key}`, value])
    expect(found?.labels).toMatchObject(Object.fromEntries(labels))
  })

  test('of a built-in pool are C, M and R of the fifth generation and newer, the cheapest first', () => {
    const types = typesOf(offer().pool, 'us-east-1')
    expect(new Set(types.map(({ type }) => type.arch))).toEqual(new Set(['amd64']))
    expect(new Set(types.map(({ labels }) => labels['eks.amazonaws.com/instance-category']))).toEqual(
      new Set(['c', 'm', 'r']),
    )
    expect(types.map(({ type }) => type.name)).not.toContain('m4.large')
    expect(types[0]?.type.name).toMatch(/\.large$/)
  })
})

describe('pods that fit nowhere', () => {
  test('share the cheapest node that holds them all', () => {
    const { nodes, unplaced } = run({ pods: pods(5, { cpu: '1', memory: '1Gi' }) })
    expect(unplaced).toEqual([])
    expect(nodes).toHaveLength(1)
    expect(nodes[0]?.pods).toHaveLength(5)
    expect(nodes[0]?.types[0]?.type.vcpu).toBe(8)
  })

  test('have room for the daemons of the node', () => {
    const daemon = pod('agent', { cpu: '1500m' })
    const [bare] = run({ pods: [pod('web', { cpu: '1' })] }).nodes
    const [shared] = run({ pods: [pod('web', { cpu: '1' })], daemons: () => [daemon] }).nodes
    expect([bare?.types[0]?.type.vcpu, shared?.types[0]?.type.vcpu]).toEqual([2, 4])
  })

  test('wait for a node that is on its way', () => {
    const [first] = run({ pods: pods(1, { cpu: '2500m' }) }).nodes
    const node = {
      metadata: { name: 'coming', labels: {} },
      spec: {},
      status: { allocatable: { cpu: '4', memory: '8Gi', pods: '10' } },
    }
    const requests = new RequestCache()
    const snapshot = { nodes: [nodeInfo(node as never, [], requests)], namespaceLabels: () => ({}) }
    const { nodes, awaited } = run({ pods: pods(2, { cpu: '2500m' }), snapshot, requests })
    expect(first?.pods).toHaveLength(1)
    expect([...awaited.keys()]).toEqual(['coming'])
    expect(nodes).toHaveLength(1)
  })

  test('that are spread over zones get a node in each', () => {
    const spread = {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule' as const,
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
    }
    const { nodes } = run({ pods: pods(4, { cpu: '1' }, spread) })
    expect(nodes.map(({ zone }) => zone).toSorted()).toEqual(ZONES)
    expect(nodes.map((node) => node.pods.length)).toEqual([2, 2])
  })

  test('that keep apart get a node each', () => {
    const apart = {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
          ],
        },
      },
    }
    expect(run({ pods: pods(3, { cpu: '100m' }, apart) }).nodes).toHaveLength(3)
  })

  test('choose types by their labels', () => {
    const selector = {
      'eks.amazonaws.com/instance-family': 'r6i',
      'topology.kubernetes.io/zone': 'us-east-1b',
    }
    const [node] = run({ pods: [pod('web', { cpu: '1' }, { nodeSelector: selector })] }).nodes
    expect(node?.zone).toBe('us-east-1b')
    expect(node?.types.every(({ type }) => type.name.startsWith('r6i.'))).toBe(true)
  })

  test('get labels of the pool, the one that they ask for', () => {
    const requirements = [{ key: 'example.com/team', operator: 'In' as const, values: ['red', 'blue'] }]
    const nodeSelector = { 'example.com/team': 'blue' }
    const { nodes } = run({ offers: [offer({ requirements })], pods: [pod('web', {}, { nodeSelector })] })
    expect(nodes[0]?.labels).toEqual({ 'example.com/team': 'blue' })
  })

  test('go to the pool of the greatest weight that takes them', () => {
    const offers = [
      offer({ name: 'a' }),
      offer({
        name: 'z',
        spec: { weight: 50 },
        requirements: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }],
      }),
    ]
    expect(run({ offers, pods: pods(1, {}) }).nodes[0]?.pool).toBe('z')
    const nodeSelector = { 'kubernetes.io/arch': 'arm64' }
    expect(run({ offers, pods: [pod('arm', {}, { nodeSelector })] }).unplaced).toHaveLength(1)
  })

  test('take spot where the pool admits it', () => {
    const capacity = {
      key: 'karpenter.sh/capacity-type',
      operator: 'In' as const,
      values: ['spot', 'on-demand'],
    }
    const base = offer()
    const template = base.pool.spec.template
    const requirements = [...template.spec.requirements.filter(({ key }) => key !== capacity.key), capacity]
    const pool = {
      ...base.pool,
      spec: { ...base.pool.spec, template: { ...template, spec: { ...template.spec, requirements } } },
    }
    expect(run({ offers: [{ ...base, pool }], pods: pods(1, {}) }).nodes[0]?.capacityType).toBe('spot')
    const nodeSelector = { [capacity.key]: 'on-demand' }
    const asked = run({ offers: [{ ...base, pool }], pods: [pod('web', {}, { nodeSelector })] })
    expect(asked.nodes[0]?.capacityType).toBe('on-demand')
  })

  test.each([
    [
      'a taint',
      offer({ spec: { template: { spec: { ...builtinPool('system').spec.template.spec } } } }),
      {},
      'incompatible with nodepool "own", did not tolerate taint (taint=CriticalAddonsOnly:NoSchedule)',
    ],
    [
      'more than any type has',
      offer(),
      { cpu: '4000' },
      'incompatible with nodepool "own", no instance type satisfied resources and requirements',
    ],
    [
      'the limits of the pool',
      offer({ spec: { limits: { cpu: '1' } } }),
      {},
      'incompatible with nodepool "own", all available instance types exceed limits for nodepool',
    ],
    [
      'requirements that no type meets',
      offer({ requirements: [{ key: 'eks.amazonaws.com/instance-cpu', operator: 'Lt', values: ['2'] }] }),
      {},
      'incompatible with nodepool "own", no instance type meets its requirements',
    ],
  ])('stay unplaced by %s', (_what, only, requests: Record<string, string>, message) => {
    expect(run({ offers: [only], pods: pods(1, requests) }).unplaced.map((each) => each.message)).toEqual([
      message,
    ])
  })

  test('stay unplaced without a pool', () => {
    expect(run({ offers: [], pods: pods(1, {}) }).unplaced[0]?.message).toBe('no nodepools found')
  })

  test('count what the pool holds already towards its limits', () => {
    const limited = offer({ spec: { limits: { cpu: '10' } }, used: new Map([['cpu', 8000]]) })
    const { nodes, unplaced } = run({ offers: [limited], pods: pods(2, { cpu: '1500m' }) })
    expect(nodes).toHaveLength(1)
    expect(nodes[0]?.types[0]?.type.vcpu).toBe(2)
    expect(unplaced).toHaveLength(1)
  })
})

test('a pool whose types are not varied enough starts nothing', () => {
  const key = 'node.kubernetes.io/instance-type'
  const varied = (minValues: number): PoolOffer =>
    offer({ requirements: [{ key, operator: 'In', values: ['m5.large', 'c5.large'], minValues }] })
  const asked = { pods: pods(1, { cpu: '500m' }) }
  expect(run({ ...asked, offers: [varied(2)] }).nodes).toHaveLength(1)
  const { nodes, unplaced } = run({ ...asked, offers: [varied(3)] })
  expect(nodes).toEqual([])
  expect(unplaced[0]?.message).toContain(`minValues requirement is not met for label(s) (label(s)=[${key}])`)
  // The pod leaves one type of the two.
  expect(run({ pods: pods(1, { memory: '5Gi' }), offers: [varied(2)] }).nodes).toEqual([])
})
