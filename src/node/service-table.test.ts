import { describe, expect, it } from 'vitest'

import type { Endpoint, EndpointSlice, Service } from '../../generated/kubernetes.d.ts'
import type { RulePort } from '../network/vpc/service-rules.ts'
import { serviceTable } from './service-table.ts'

const nodes = [
  { name: 'one', ip: '10.0.9.1', zone: 'a', clients: ['10.0.9.1', '10.0.1.9'] },
  { name: 'two', ip: '10.0.9.2', zone: 'b', clients: ['10.0.9.2'] },
]

function endpoint(ip: string, nodeName: string, more: Partial<Endpoint> = {}): Endpoint {
  return { addresses: [ip], nodeName, conditions: { ready: true }, ...more }
}

const onOne = endpoint('10.0.1.1', 'one')
const onTwo = endpoint('10.0.1.2', 'two')
const atOne = { ip: '10.0.1.1', port: 8080 }
const atTwo = { ip: '10.0.1.2', port: 8080 }

function tableOf(
  spec: Partial<Service['spec']>,
  endpoints: Endpoint[] = [onOne, onTwo],
): readonly RulePort[] {
  const service = {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { clusterIP: '10.100.0.80', ports: [{ port: 80, name: 'http' }], ...spec },
  } as unknown as Service
  const slice = {
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints,
  } as unknown as EndpointSlice
  const table = serviceTable({ services: [service], slicesOf: () => [slice], nodes, locate: (one) => one })
  expect(table.clients).toEqual(['10.0.9.1', '10.0.1.9', '10.0.9.2'])
  return table.ports
}

const cluster = { ip: '10.100.0.80', port: 80, protocol: 'tcp', isPrivate: true }

describe('the rules of a Service', () => {
  it('lead from its address to its endpoints', () => {
    expect(tableOf({})).toEqual([{ ...cluster, endpoints: [atOne, atTwo] }])
  })

  it('keep a client with ClientIP affinity', () => {
    expect(tableOf({ sessionAffinity: 'ClientIP' })).toMatchObject([{ affinitySeconds: 10_800 }])
  })

  it('are there for external addresses too', () => {
    expect(tableOf({ externalIPs: ['203.0.113.7'] }).map(({ ip }) => ip)).toEqual([
      '10.100.0.80',
      '203.0.113.7',
    ])
  })

  it.each([
    ['without an address', { clusterIP: 'None' }],
    ['that is a name', { type: 'ExternalName' as const }],
    ['whose protocol a VPC does not carry', { ports: [{ port: 80, protocol: 'SCTP' as const }] }],
  ])('are none for one %s', (_, spec) => {
    expect(tableOf(spec)).toEqual([])
  })

  it.each([
    ['the ready ones', [onOne, endpoint('10.0.1.2', 'two', { conditions: { ready: false } })], [atOne]],
    [
      'those that still serve, where none is ready',
      [endpoint('10.0.1.1', 'one', { conditions: { ready: false, serving: true, terminating: true } })],
      [atOne],
    ],
    [
      'none, where none serves',
      [endpoint('10.0.1.1', 'one', { conditions: { ready: false, serving: true } })],
      [],
    ],
  ])('name %s', (_, endpoints, expected) => {
    expect(tableOf({}, endpoints)).toMatchObject([{ endpoints: expected }])
  })

  it('lead clients to their own node with an internal traffic policy Local', () => {
    expect(tableOf({ internalTrafficPolicy: 'Local' }, [onOne])).toEqual([
      {
        ...cluster,
        endpoints: [],
        special: [
          { clients: ['10.0.9.1', '10.0.1.9'], endpoints: [atOne] },
          { clients: ['10.0.9.2'], endpoints: [] },
        ],
      },
    ])
  })

  it('lead clients to endpoints that hints have for their zone', () => {
    const hinted = [
      { ...onOne, hints: { forZones: [{ name: 'a' }] } },
      { ...onTwo, hints: { forZones: [{ name: 'c' }] } },
    ]
    const special = [{ clients: ['10.0.9.1', '10.0.1.9'], endpoints: [atOne] }]
    expect(tableOf({}, hinted)).toEqual([{ ...cluster, endpoints: [atOne, atTwo], special }])
    expect(tableOf({}, [hinted[0] ?? onOne, onTwo])).toEqual([{ ...cluster, endpoints: [atOne, atTwo] }])
  })

  it('lead from each node port to all endpoints, or to those of the node', () => {
    const ports = [{ port: 80, name: 'http', nodePort: 30_080 }]
    const of = (spec: Partial<Service['spec']>) =>
      tableOf({ ports, ...spec }).filter(({ isPrivate }) => !isPrivate)
    expect(of({}).map(({ ip, port, endpoints }) => [ip, port, endpoints])).toEqual([
      ['10.0.9.1', 30_080, [atOne, atTwo]],
      ['10.0.9.2', 30_080, [atOne, atTwo]],
    ])
    expect(of({ externalTrafficPolicy: 'Local' }).map(({ endpoints }) => endpoints)).toEqual([
      [atOne],
      [atTwo],
    ])
  })
})
