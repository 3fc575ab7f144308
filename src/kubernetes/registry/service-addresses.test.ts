import { beforeEach, describe, expect, it } from 'vitest'

import type { Service } from '../../../generated/kubernetes.d.ts'
import { randomIds } from '../../base/ids.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import type { KubernetesObject } from '../client/client.ts'
import { serviceKind } from '../resources/service.ts'
import { ServiceAddresses } from './service-addresses.ts'
import { Storage } from './storage.ts'

const kind = serviceKind
let storage: Storage
let addresses: ServiceAddresses

beforeEach(() => {
  storage = new Storage(createMemoryStore(), '/c/')
  addresses = new ServiceAddresses(storage, randomIds, '10.0.0.0/29')
})

function service(name: string, spec: Partial<Service['spec']>): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'd', uid: name, resourceVersion: '', creationTimestamp: '' },
    spec: { type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  } as KubernetesObject
}

async function store(object: KubernetesObject, old?: KubernetesObject): Promise<Service> {
  const allocation = addresses.allocate(kind, object, old ? { old } : {})
  const stored = old
    ? await storage.replace(kind, allocation.object, old)
    : await storage.create(kind, allocation.object)
  allocation.settle()
  return stored as Service
}

describe('ServiceAddresses', () => {
  it('gives each service another address, the first one only on request, until none is left', async () => {
    const given = new Set<string>()
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      given.add((await store(service(name, {}))).spec.clusterIP ?? '')
    expect(given).toEqual(new Set(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']))
    expect((await store(service('first', { clusterIP: addresses.firstIp }))).spec.clusterIPs).toEqual([
      '10.0.0.1',
    ])
    expect(() => addresses.allocate(kind, service('f', {}))).toThrow('range is full')
  })

  it('counts what is being written, and forgets it when it is not', () => {
    const first = addresses.allocate(kind, service('a', { clusterIP: '10.0.0.3' }))
    const second = service('b', { clusterIP: '10.0.0.3' })
    expect(() => addresses.allocate(kind, second)).toThrow(
      'spec.clusterIPs: Invalid value: ["10.0.0.3"]: failed to allocate IP 10.0.0.3: provided IP is already allocated',
    )
    first.settle()
    expect((addresses.allocate(kind, second).object as Service).spec.clusterIP).toBe('10.0.0.3')
  })

  it('leaves what is being written alone in a dry run of the same address', () => {
    const pending = addresses.allocate(kind, service('a', { clusterIP: '10.0.0.3' }))
    const other = service('b', { clusterIP: '10.0.0.3' })
    const tried = addresses.allocate(kind, other, { dryRun: true })
    expect((tried.object as Service).spec.clusterIP).toBe('10.0.0.3')
    tried.settle()
    expect(() => addresses.allocate(kind, other)).toThrow('provided IP is already allocated')
    pending.settle()
    // Nor is one that a dry run still has missed by a real write.
    addresses.allocate(kind, service('c', { clusterIP: '10.0.0.4' }), { dryRun: true })
    const real = addresses.allocate(kind, service('d', { clusterIP: '10.0.0.4' }))
    expect((real.object as Service).spec.clusterIP).toBe('10.0.0.4')
  })

  it('leaves headless and external services without addresses', async () => {
    expect((await store(service('h', { clusterIP: 'None' }))).spec.clusterIPs).toEqual(['None'])
    const external = await store(service('e', { type: 'ExternalName', externalName: 'example.com' }))
    expect(external.spec.clusterIP).toBeUndefined()
  })

  it('gives node ports, keeps them on update, and takes them back with the type', async () => {
    const made = await store(service('n', { type: 'NodePort' }))
    const port = made.spec.ports?.[0]?.nodePort ?? 0
    expect(port).toBeGreaterThanOrEqual(30000)
    expect(port).toBeLessThanOrEqual(32767)
    const bare = service('n', { type: 'NodePort', clusterIP: made.spec.clusterIP ?? '' })
    const kept = await store(bare, made)
    expect(kept.spec.ports?.[0]?.nodePort).toBe(port)
    const back = await store({ ...kept, spec: { ...kept.spec, type: 'ClusterIP' } } as KubernetesObject, kept)
    expect(back.spec.ports?.[0]?.nodePort).toBeUndefined()
  })

  it('gives a balanced service no node ports when it wants none', async () => {
    const made = await store(service('l', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }))
    expect(made.spec.ports?.[0]?.nodePort).toBeUndefined()
  })

  it('gives a health check port to nodes that may not pass traffic on, and no other service has it', async () => {
    const local = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } as const
    const made = await store(service('l', local))
    const port = made.spec.healthCheckNodePort ?? 0
    expect(port).toBeGreaterThanOrEqual(30000)
    expect(port).not.toBe(made.spec.ports?.[0]?.nodePort)
    const again = service('l', { ...local, healthCheckNodePort: port, clusterIP: made.spec.clusterIP ?? '' })
    expect((await store(again, made)).spec.healthCheckNodePort).toBe(port)
    const wanting = service('n', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] })
    expect(() => addresses.allocate(kind, wanting)).toThrow(
      `spec.ports[0].nodePort: Invalid value: ${port}: provided port is already allocated`,
    )
    expect(() => addresses.allocate(kind, service('o', { ...local, healthCheckNodePort: port }))).toThrow(
      `spec.healthCheckNodePort: Invalid value: ${port}: provided port is already allocated`,
    )
    expect(() => addresses.allocate(kind, service('p', { ...local, healthCheckNodePort: 80 }))).toThrow(
      'spec.healthCheckNodePort: Invalid value: 80: provided port is not in the valid range',
    )
    const open = await store(service('q', { type: 'LoadBalancer' }))
    expect(open.spec.healthCheckNodePort).toBeUndefined()
  })

  it('refuses a node port that another service has', async () => {
    await store(service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }))
    const other = service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })
    expect(() => addresses.allocate(kind, other)).toThrow(
      'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    )
  })

  it('gives addresses of the family of its range, and takes no other', async () => {
    addresses = new ServiceAddresses(storage, randomIds, 'fd30:3087:b6c2::/108')
    expect(addresses.firstIp).toBe('fd30:3087:b6c2::1')
    const { spec } = await store(service('dns', { clusterIP: 'FD30:3087:b6c2::0a' }))
    expect(spec).toMatchObject({
      clusterIP: 'fd30:3087:b6c2::a',
      clusterIPs: ['fd30:3087:b6c2::a'],
      ipFamilies: ['IPv6'],
      ipFamilyPolicy: 'SingleStack',
    })
    expect((await store(service('any', {}))).spec.clusterIP).toMatch(/^fd30:3087:b6c2::/)
    expect((await store(service('free', { clusterIP: 'None' }))).spec.ipFamilies).toEqual(['IPv6', 'IPv4'])
    for (const wrong of [{ ipFamilies: ['IPv4' as const] }, { clusterIP: '10.0.0.3' }]) {
      expect(() => addresses.allocate(kind, service('four', wrong))).toThrow(
        'spec.ipFamilies[0]: Invalid value: "IPv4": not configured on this cluster',
      )
    }
    expect(() => addresses.allocate(kind, service('far', { clusterIP: 'fd31::a' }))).toThrow(
      'The range of valid IPs is fd30:3087:b6c2::/108',
    )
  })
})
