import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Service } from '../../generated/kubernetes.d.ts'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { endpointSlices, services } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { createVpcs, type Dialer } from '../network/dialer.ts'
import { httpGet } from '../network/http-get.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { NodeRoutes } from './node-routes.ts'

let client: FakeClient
let supervisor: Supervisor
let routes: NodeRoutes
let dialer: Dialer

beforeEach(async () => {
  client = new FakeClient({ clock: systemClock })
  supervisor = new Supervisor(silentLog)
  const cluster = createControllerContext({ client, clock: systemClock, log: silentLog, supervisor })
  routes = new NodeRoutes({
    cluster,
    onHost: (nodeName, port) => (port === 10250 ? { host: nodeName, port } : undefined),
    ofPod: (ip, port) => ({ host: ip, port }),
    datagrams: {
      onHost: () => undefined,
      ofPod: (ip, port) => ({ answer: () => Buffer.from(`${ip}:${port}`) }),
    },
  })
  dialer = createVpcs({ clock: systemClock }).dialer('vpc')
  for (const node of ['one', 'two']) dialer.register(node, (port) => routes.resolve(node, port))
})

afterEach(() => supervisor.stop())

function seed(spec: Partial<Service['spec']>, ready: Readonly<Record<string, boolean>>): void {
  client.seed(services, { metadata: { namespace: 'shop', name: 'web' }, spec })
  client.seed(endpointSlices, {
    metadata: { namespace: 'shop', name: 'web-x', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ port: 8080, name: '' }],
    endpoints: Object.entries(ready).map(([place, isReady]) => ({
      addresses: [`ip-${place}`],
      conditions: { ready: isReady },
      nodeName: place.split('-')[0] ?? '',
    })),
  })
}

const ports = [{ port: 80, nodePort: 30080 }]

describe('a node port', () => {
  it('leads to the ready pods in turn, from any node', async () => {
    seed({ ports }, { 'one-a': true, 'two-a': true, 'two-b': false })
    await expect.poll(() => routes.resolve('one', 30080)).toBeDefined()
    const found = [1, 2, 3, 4].map(() => routes.resolve('one', 30080))
    expect(new Set(found.map((each) => (each && 'host' in each ? each.host : '')))).toEqual(
      new Set(['ip-one-a', 'ip-two-a']),
    )
  })

  it('leads to pods of its own node only, where the Service says so', async () => {
    seed({ ports, externalTrafficPolicy: 'Local' }, { 'two-a': true })
    await expect.poll(() => routes.resolve('two', 30080)).toEqual({ host: 'ip-two-a', port: 8080 })
    expect(routes.resolve('one', 30080)).toBeUndefined()
  })

  it('is hidden by a pod on the host network', () => {
    expect(routes.resolve('one', 10250)).toEqual({ host: 'one', port: 10250 })
    expect(routes.resolve('one', 30080)).toBeUndefined()
  })
})

describe('a health check node port', () => {
  async function ask(node: string): Promise<{ status: number; body: unknown }> {
    const stream = await dialer.dial(node, 31000)
    const signal = AbortSignal.timeout(2000)
    const request = { isTls: false, host: node, path: '/healthz', headers: {}, signal }
    const { status, body } = await httpGet(stream, request)
    return { status, body: JSON.parse(body) }
  }

  it('says how many ready pods of the Service the node has', async () => {
    const spec = {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 31000,
      ports,
    } as const
    seed(spec, { 'one-a': true, 'one-b': true, 'one-c': false, 'two-a': false })
    await expect.poll(() => routes.resolve('one', 31000)).toBeDefined()
    const said = (localEndpoints: number) => ({
      service: { namespace: 'shop', name: 'web' },
      localEndpoints,
      serviceProxyHealthy: true,
    })
    expect(await ask('one')).toEqual({ status: 200, body: said(2) })
    expect(await ask('two')).toEqual({ status: 503, body: said(0) })
  })

  it('is none without a Service that has it', async () => {
    await expect(dialer.dial('one', 31000)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
