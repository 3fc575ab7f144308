import type { Answer, Question } from 'dns-packet'
import { describe, expect, it } from 'vitest'

import type { EndpointSlice, Service } from '../../generated/kubernetes.d.ts'
import { answerInZone, type ZoneView } from './cluster-zone.ts'

const NXDOMAIN = 3

function service(name: string, spec: Service['spec']): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name, uid: name },
    spec,
  } as Service
}

const web = service('web', { clusterIP: '10.100.0.80', ports: [{ name: 'http', port: 80 }] })
const db = service('db', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] })
const idle = service('idle', { clusterIP: 'None' })
const far = service('far', { type: 'ExternalName', externalName: 'example.com' })

const dbSlice = {
  metadata: { namespace: 'shop', name: 'db-x', labels: { 'kubernetes.io/service-name': 'db' } },
  addressType: 'IPv4',
  ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
  endpoints: [
    { addresses: ['10.0.1.1'], hostname: 'db-0', conditions: { ready: true } },
    { addresses: ['10.0.1.2'], conditions: { ready: true } },
    { addresses: ['10.0.1.3'], hostname: 'db-2', conditions: { ready: false } },
  ],
} as unknown as EndpointSlice

const all = [web, db, idle, far]
const view: ZoneView = {
  domain: 'cluster.local',
  hasNamespace: (name) => name === 'shop',
  service: (namespace, name) => all.find((one) => namespace === 'shop' && one.metadata.name === name),
  slicesOf: (one) => (one === db ? [dbSlice] : []),
  servicesAt: (ip) => all.filter(({ spec }) => spec.clusterIP === ip),
  slicesAt: (ip) => (dbSlice.endpoints?.some(({ addresses }) => addresses.includes(ip)) ? [dbSlice] : []),
}

function ask(name: string, type: Question['type'] = 'A'): { code: number; data: unknown[] } | undefined {
  const packet = answerInZone({ name, type }, view)
  if (!packet) return undefined
  const data = (packet.answers ?? []).map((answer: Answer) => ('data' in answer ? answer.data : undefined))
  return { code: (packet.flags ?? 0) & 0xf, data }
}

describe('the names of a cluster', () => {
  it.each([
    ['a cluster IP', 'web.shop.svc.cluster.local', 'A', ['10.100.0.80']],
    ['whatever its letters', 'WEB.shop.SVC.cluster.LOCAL', 'A', ['10.100.0.80']],
    ['ready endpoints of a headless service', 'db.shop.svc.cluster.local', 'A', ['10.0.1.1', '10.0.1.2']],
    ['a pod of a stateful set', 'db-0.db.shop.svc.cluster.local', 'A', ['10.0.1.1']],
    ['an endpoint without a name', '10-0-1-2.db.shop.svc.cluster.local', 'A', ['10.0.1.2']],
    ['an external name', 'far.shop.svc.cluster.local', 'A', ['example.com']],
    ['a pod by its address', '10-0-1-9.shop.pod.cluster.local', 'A', ['10.0.1.9']],
    ['a cluster IP backwards', '80.0.100.10.in-addr.arpa', 'PTR', ['web.shop.svc.cluster.local']],
    ['an endpoint backwards', '1.1.0.10.in-addr.arpa', 'PTR', ['db-0.db.shop.svc.cluster.local']],
    ['the version of the rules', 'dns-version.cluster.local', 'TXT', ['1.1.0']],
    [
      'a port',
      '_http._tcp.web.shop.svc.cluster.local',
      'SRV',
      [{ priority: 0, weight: 100, port: 80, target: 'web.shop.svc.cluster.local' }],
    ],
    [
      'a port of a headless service',
      '_sql._tcp.db.shop.svc.cluster.local',
      'SRV',
      [
        { priority: 0, weight: 50, port: 5432, target: 'db-0.db.shop.svc.cluster.local' },
        { priority: 0, weight: 50, port: 5432, target: '10-0-1-2.db.shop.svc.cluster.local' },
      ],
    ],
  ] as const)('are those of %s: %s %s', (_, name, type, data) => {
    expect(ask(name, type)).toEqual({ code: 0, data })
  })

  it.each([
    ['another kind of record', 'web.shop.svc.cluster.local', 'AAAA'],
    ['a headless service without pods', 'idle.shop.svc.cluster.local', 'A'],
    ['a namespace', 'shop.svc.cluster.local', 'A'],
    ['the domain', 'cluster.local', 'A'],
    ['what services are below', 'svc.cluster.local', 'A'],
    ['what pods are below', 'pod.cluster.local', 'A'],
  ] as const)('have no record for %s, and are there', (_, name, type) => {
    expect(ask(name, type)).toEqual({ code: 0, data: [] })
  })

  it.each([
    'none.shop.svc.cluster.local',
    'web.none.svc.cluster.local',
    'db-2.db.shop.svc.cluster.local',
    'x.web.shop.svc.cluster.local',
    '_http._udp.web.shop.svc.cluster.local',
    'x.far.shop.svc.cluster.local',
    'web.shop.cluster.local',
    '10-0-1-999.shop.pod.cluster.local',
    'web.shop.pod.cluster.local',
  ])('do not include %s, and say for how long', (name) => {
    expect(ask(name)).toEqual({ code: NXDOMAIN, data: [] })
    const { authorities = [] } = answerInZone({ name, type: 'A' }, view) ?? {}
    expect(authorities).toMatchObject([{ type: 'SOA', name: 'cluster.local', data: { minimum: 5 } }])
  })

  it.each(['example.com', 'notcluster.local', '9.9.9.9.in-addr.arpa'])('leave %s to others', (name) => {
    expect(ask(name, name.endsWith('arpa') ? 'PTR' : 'A')).toBeUndefined()
  })

  it('come with the addresses that a port is at', () => {
    const packet = answerInZone({ name: '_sql._tcp.db.shop.svc.cluster.local', type: 'SRV' }, view)
    expect(packet?.additionals).toMatchObject([
      { type: 'A', name: 'db-0.db.shop.svc.cluster.local', data: '10.0.1.1' },
      { type: 'A', name: '10-0-1-2.db.shop.svc.cluster.local', data: '10.0.1.2' },
    ])
  })
})
