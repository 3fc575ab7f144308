import { describe, expect, it } from 'vitest'

import type { NetworkPolicy } from '../../../../generated/kubernetes.d.ts'
import { policiesAllow } from './allows.ts'
import { policyTable, type PolicyPod, type PolicyProtocol } from './policy-table.ts'

// The stage of the upstream suite (test/e2e/network/netpol): three namespaces with three pods each, every pod serving
// TCP and UDP on 80 and 81.
const NAMESPACES = ['x', 'y', 'z']
const PODS = ['a', 'b', 'c']
const OUTSIDE = '203.0.113.9'
const NAMED = [
  { name: 'serve-80-tcp', port: 80, protocol: 'TCP' as const },
  { name: 'serve-81-udp', port: 81, protocol: 'UDP' as const },
]

const address = (name: string): string => {
  const [namespace = '', pod = ''] = name.split('/')
  if (pod === '') return OUTSIDE
  return `10.0.${NAMESPACES.indexOf(namespace)}.${PODS.indexOf(pod) + 10}`
}

const pods: PolicyPod[] = NAMESPACES.flatMap((namespace) =>
  PODS.map((pod) => ({
    namespace,
    labels: { pod },
    ip: address(`${namespace}/${pod}`),
    namedPorts: NAMED,
    isBound: true,
  })),
)

type Spec = NonNullable<NetworkPolicy['spec']>

function policy(spec: Spec, namespace = 'x', name = 'p'): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name, uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: {
      policyTypes: typesOf(spec),
      ...spec,
    },
  }
}

function typesOf({ ingress, egress }: Spec): NonNullable<Spec['policyTypes']> {
  const own = egress && !ingress ? [] : (['Ingress'] as const)
  return egress ? [...own, 'Egress'] : [...own]
}

interface Try {
  readonly protocol?: PolicyProtocol
  readonly port?: number
}

/** Who reaches x/a, in the order x/a … z/c and the outside, as the suite prints its truth tables. */
function reaching(
  to: string,
  policies: readonly NetworkPolicy[],
  { protocol = 'TCP', port = 80 }: Try = {},
): string {
  return line(policies, (from) => ({ from, to: address(to), protocol, port }))
}

function reached(
  from: string,
  policies: readonly NetworkPolicy[],
  { protocol = 'TCP', port = 80 }: Try = {},
): string {
  return line(policies, (to) => ({ from: address(from), to, protocol, port }))
}

function line(
  policies: readonly NetworkPolicy[],
  connection: (other: string) => Parameters<typeof policiesAllow>[1],
): string {
  const table = policyTable({
    policies,
    pods,
    namespaces: new Map(NAMESPACES.map((ns) => [ns, { ns }])),
  })
  const names = [...NAMESPACES.map((ns) => PODS.map((pod) => `${ns}/${pod}`)), ['outside']]
  return names
    .map((group) =>
      group.map((name) => (policiesAllow(table, connection(address(name))) ? '.' : 'X')).join(''),
    )
    .join(' ')
}

const A = { matchLabels: { pod: 'a' } }
const ns = (...values: string[]): object => ({ matchExpressions: [{ key: 'ns', operator: 'In', values }] })
const from = (...peers: NonNullable<NonNullable<Spec['ingress']>[number]['from']>): Spec => ({
  podSelector: A,
  ingress: [{ from: peers }],
})
const to = (...peers: NonNullable<NonNullable<Spec['egress']>[number]['to']>): Spec => ({
  podSelector: A,
  egress: [{ to: peers }],
})

describe('ingress to x/a', () => {
  it.each<[string, NetworkPolicy[], string, Try?]>([
    ['is open without a policy', [], '... ... ... .'],
    ['is open under a policy of another namespace', [policy({ podSelector: {} }, 'y')], '... ... ... .'],
    [
      'is open under a policy of other pods',
      [policy({ podSelector: { matchLabels: { pod: 'b' } } })],
      '... ... ... .',
    ],
    ['is closed by default deny, to all but itself', [policy({ podSelector: {} })], '.XX XXX XXX X'],
    ['is open again by an empty rule', [policy({ podSelector: {}, ingress: [{}] })], '... ... ... .'],
    ['is open under a policy of egress', [policy({ podSelector: {}, egress: [] })], '.XX ... ... .'],
    ['lets pods of its namespace', [policy(from({ podSelector: {} }))], '... XXX XXX X'],
    [
      'lets a pod by label, of its namespace',
      [policy(from({ podSelector: { matchLabels: { pod: 'b' } } }))],
      '..X XXX XXX X',
    ],
    ['lets a namespace by label', [policy(from({ namespaceSelector: ns('y') }))], '.XX ... XXX X'],
    ['lets every namespace, and no outside', [policy(from({ namespaceSelector: {} }))], '... ... ... X'],
    [
      'lets pods by both selectors at once',
      [policy(from({ namespaceSelector: ns('y', 'z'), podSelector: { matchLabels: { pod: 'b' } } }))],
      '.XX X.X X.X X',
    ],
    [
      'lets what either of two peers has',
      [policy(from({ namespaceSelector: ns('y') }, { podSelector: { matchLabels: { pod: 'c' } } }))],
      '.X. ... XXX X',
    ],
    [
      'lets by what namespaces are not',
      [
        policy(
          from({
            namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'NotIn', values: ['x'] }] },
          }),
        ),
      ],
      '.XX ... ... X',
    ],
    ['lets a block of addresses', [policy(from({ ipBlock: { cidr: '10.0.1.0/24' } }))], '.XX ... XXX X'],
    [
      'lets a block but for exceptions',
      [policy(from({ ipBlock: { cidr: '10.0.0.0/16', except: ['10.0.1.0/24', '10.0.2.10/32'] } }))],
      '... XXX X.. X',
    ],
    [
      'lets the outside by a block',
      [policy(from({ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }))],
      '.XX XXX XXX .',
    ],
    ['does not let by a block of IPv6', [policy(from({ ipBlock: { cidr: '::/0' } }))], '.XX XXX XXX X'],
    [
      'lets what one of several policies lets',
      [policy(from({ namespaceSelector: ns('y') })), policy(from({ namespaceSelector: ns('z') }), 'x', 'q')],
      '.XX ... ... X',
    ],
    [
      'lets nothing by a policy that matches no label',
      [policy(from({ podSelector: { matchLabels: { pod: 'none' } } }))],
      '.XX XXX XXX X',
    ],
    ['is closed by types alone', [policy({ podSelector: A, policyTypes: ['Ingress'] })], '.XX XXX XXX X'],
    [
      'lets everybody by port',
      [policy({ podSelector: A, ingress: [{ ports: [{ port: 80 }] }] })],
      '... ... ... .',
    ],
    [
      'closes other ports',
      [policy({ podSelector: A, ingress: [{ ports: [{ port: 80 }] }] })],
      '.XX XXX XXX X',
      { port: 81 },
    ],
    [
      'closes the port of another protocol',
      [policy({ podSelector: A, ingress: [{ ports: [{ port: 80 }] }] })],
      '.XX XXX XXX X',
      { protocol: 'UDP' },
    ],
    [
      'lets a protocol on every port',
      [policy({ podSelector: A, ingress: [{ ports: [{ protocol: 'UDP' }] }] })],
      '... ... ... .',
      { protocol: 'UDP', port: 7 },
    ],
    [
      'lets a range of ports, its ends too',
      [policy({ podSelector: A, ingress: [{ ports: [{ port: 80, endPort: 82 }] }] })],
      '... ... ... .',
      { port: 82 },
    ],
    [
      'ends the range there',
      [policy({ podSelector: A, ingress: [{ ports: [{ port: 80, endPort: 82 }] }] })],
      '.XX XXX XXX X',
      { port: 83 },
    ],
    [
      'lets a port by its name',
      [policy({ podSelector: A, ingress: [{ ports: [{ port: 'serve-80-tcp' }] }] })],
      '... ... ... .',
    ],
    [
      'knows a name by its protocol',
      [policy({ podSelector: A, ingress: [{ ports: [{ port: 'serve-81-udp' }] }] })],
      '.XX XXX XXX X',
      { protocol: 'UDP', port: 81 },
    ],
    [
      'lets nothing by a name that the pod has not',
      [policy({ podSelector: A, ingress: [{ ports: [{ port: 'none' }] }] })],
      '.XX XXX XXX X',
    ],
    [
      'lets ports and peers of one rule together',
      [
        policy({
          podSelector: A,
          ingress: [
            { from: [{ namespaceSelector: ns('y') }], ports: [{ port: 81 }] },
            { from: [{ namespaceSelector: ns('z') }] },
          ],
        }),
      ],
      '.XX XXX ... X',
    ],
  ])('%s', (_, policies, expected, attempt) => {
    expect(reaching('x/a', policies, attempt)).toBe(expected)
  })
})

describe('egress of x/a', () => {
  it.each<[string, NetworkPolicy[], string, Try?]>([
    ['is closed by default deny', [policy({ podSelector: {}, egress: [] })], '.XX XXX XXX X'],
    ['is open by an empty rule', [policy({ podSelector: A, egress: [{}] })], '... ... ... .'],
    ['is open under a policy of ingress', [policy({ podSelector: A })], '... ... ... .'],
    ['goes to namespaces by label', [policy(to({ namespaceSelector: ns('y') }))], '.XX ... XXX X'],
    ['goes to a block', [policy(to({ ipBlock: { cidr: '203.0.113.0/24' } }))], '.XX XXX XXX .'],
    [
      'goes to a port by the name that the other side has',
      [policy({ podSelector: A, egress: [{ ports: [{ port: 'serve-81-udp', protocol: 'UDP' }] }] })],
      '... ... ... X',
      { protocol: 'UDP', port: 81 },
    ],
    [
      'goes nowhere else by that name',
      [policy({ podSelector: A, egress: [{ ports: [{ port: 'serve-81-udp', protocol: 'UDP' }] }] })],
      '.XX XXX XXX X',
      { protocol: 'UDP', port: 80 },
    ],
    [
      'goes by name and number at once',
      [
        policy({
          podSelector: A,
          egress: [{ to: [{ namespaceSelector: ns('z') }], ports: [{ port: 'serve-80-tcp' }, { port: 81 }] }],
        }),
      ],
      '.XX XXX ... X',
      { port: 81 },
    ],
    [
      'needs both sides',
      [policy(to({ namespaceSelector: ns('y') })), policy({ podSelector: A }, 'y')],
      '.XX X.. XXX X',
    ],
  ])('%s', (_, policies, expected, attempt) => {
    expect(reached('x/a', policies, attempt)).toBe(expected)
  })
})

it('holds for no pod that policies are not enforced on, which is a peer all the same', () => {
  const onFargate = pods.map((pod) => (pod.namespace === 'y' ? { ...pod, isBound: false } : pod))
  const table = policyTable({
    policies: [policy({ podSelector: {} }, 'y'), policy(from({ namespaceSelector: ns('y') }))],
    pods: onFargate,
    namespaces: new Map(NAMESPACES.map((each) => [each, { ns: each }])),
  })
  const tcp = { protocol: 'TCP' as const, port: 80 }
  expect(policiesAllow(table, { ...tcp, from: address('z/a'), to: address('y/a') })).toBe(true)
  expect(policiesAllow(table, { ...tcp, from: address('y/a'), to: address('x/a') })).toBe(true)
  expect(policiesAllow(table, { ...tcp, from: address('z/a'), to: address('x/a') })).toBe(false)
})

it('shares the verdict of replicas, and makes none without policies', () => {
  const table = policyTable({ policies: [policy({ podSelector: {} })], pods, namespaces: new Map() })
  expect(table.pods.get(address('x/a'))).toBe(table.pods.get(address('x/b')))
  expect(policyTable({ policies: [], pods, namespaces: new Map() }).pods.size).toBe(0)
})
