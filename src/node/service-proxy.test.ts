import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

import { decode, encode, type Question } from 'dns-packet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { endpointSlices, namespaces, nodes, pods, services } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { createVpcs, type Vpcs } from '../network/dialer.ts'
import { noNetwork, startTestPod, type TestPod } from '../network/vpc/testing/test-pod.ts'
import { createVpcNetworks, type VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { createClusterDns } from './cluster-dns.ts'
import { startServiceProxy } from './service-proxy.ts'

const VPC = 'vpc-a'
const DNS_IP = '10.100.0.10'
const COREDNS = '10.0.3.3'

let client: FakeClient
let vpcs: Vpcs
let network: VpcNetwork
let supervisor: Supervisor
let stop: () => Promise<void>
const running: TestPod[] = []

beforeEach(async () => {
  if (noNetwork) return
  client = new FakeClient({ clock: systemClock })
  supervisor = new Supervisor(silentLog)
  vpcs = createVpcs({ clock: systemClock })
  const networks = createVpcNetworks({ key: randomBytes(4).toString('hex'), clock: systemClock })
  network = await networks.open({ id: VPC, cidr: '10.0.0.0/16', owner: 'shop' })
  const cluster = createControllerContext({ client, clock: systemClock, log: silentLog, supervisor })
  const dns = createClusterDns(cluster, async ({ questions = [] }) => ({
    answers: [{ type: 'A', name: questions[0]?.name ?? '', ttl: 5, data: '192.0.2.1' }],
  }))
  client.seed(namespaces, { metadata: { name: 'shop' }, spec: {} })
  client.seed(nodes, {
    metadata: { name: 'one' },
    spec: {},
    status: { addresses: [{ type: 'InternalIP', address: '10.0.9.9' }] },
  })
  stop = startServiceProxy({ cluster, network, dialer: vpcs.dialer(VPC), routes: vpcs.routes(VPC), dns })
})

afterEach(async () => {
  if (noNetwork) return
  await stop()
  await supervisor.stop()
  for (const pod of running.splice(0)) pod.end()
  for (const { id } of await network.list()) await network.detach(id)
  await network.close()
})

async function podAt(ip: string): Promise<TestPod> {
  const pod = await startTestPod()
  running.push(pod)
  const uid = `uid-${ip}`
  await network.attach({ id: uid, ip, pid: pod.pid })
  vpcs.dialer(VPC).register(ip, (port) => network.wayTo(uid, port))
  client.seed(pods, {
    metadata: { namespace: 'shop', name: `p-${ip}` },
    spec: { nodeName: 'one', containers: [] },
    status: { podIP: ip },
  })
  return pod
}

interface Seeded {
  readonly namespace?: string
  readonly clusterIP: string
  readonly ports: readonly { port: number; protocol?: 'UDP' | 'TCP'; name?: string; nodePort?: number }[]
  readonly endpoints: readonly { ip: string; port: number }[]
}

async function seed(
  name: string,
  { namespace = 'shop', clusterIP, ports, endpoints }: Seeded,
): Promise<void> {
  client.seed(services, { metadata: { namespace, name }, spec: { clusterIP, ports: [...ports] } })
  client.seed(endpointSlices, {
    metadata: { namespace, name: `${name}-x`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: ports.map(({ name: portName = '', protocol = 'TCP' }) => ({
      name: portName,
      protocol,
      port: endpoints[0]?.port ?? 0,
    })),
    endpoints: endpoints.map(({ ip }) => ({ addresses: [ip], conditions: { ready: true }, nodeName: 'one' })),
  })
}

/** What a pod hears at an address, as soon as something is there. */
async function heard(pod: TestPod, ip: string, port: number): Promise<string> {
  let answer = ''
  await expect
    .poll(async () => (answer = await pod.ask(ip, port).catch(() => '')), { timeout: 10_000 })
    .not.toBe('')
  return answer
}

/** The address that the cluster's name server gives a pod. */
async function lookUp(pod: TestPod, name: string, type: Question['type'] = 'A'): Promise<unknown> {
  const socket = await pod.sockets.bind('0.0.0.0', 0)
  try {
    socket.send(encode({ type: 'query', id: 1, flags: 256, questions: [{ type, name }] }), 53, DNS_IP)
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(1000) })) as [Buffer]
    const [answer] = decode(reply).answers ?? []
    return answer && 'data' in answer ? answer.data : undefined
  } finally {
    socket.close()
  }
}

describe.skipIf(noNetwork)(`Services within a VPC (${noNetwork ?? 'real'})`, () => {
  it('lead pods to pods by cluster address and node port, and follow the endpoints', async () => {
    const [web, next, asks] = [await podAt('10.0.1.1'), await podAt('10.0.1.2'), await podAt('10.0.2.1')]
    await web.serve('web', 8080)
    await next.serve('next', 8080)
    const ports = [{ port: 80, nodePort: 30_080 }]
    await seed('web', { clusterIP: '10.100.0.80', ports, endpoints: [{ ip: '10.0.1.1', port: 8080 }] })
    expect(await heard(asks, '10.100.0.80', 80)).toBe('web for 10.0.2.1')
    expect(await heard(asks, '10.0.9.9', 30_080)).toBe('web for 10.0.2.1')
    await client.patch(
      endpointSlices,
      { namespace: 'shop', name: 'web-x' },
      {
        endpoints: [{ addresses: ['10.0.1.2'], conditions: { ready: true } }],
      },
      { type: 'merge' },
    )
    await expect.poll(() => asks.ask('10.100.0.80', 80)).toBe('next for 10.0.2.1')
  })

  it('lead pods to what this program serves in the place of a pod', async () => {
    const server = createServer((socket) => socket.end('stand-in'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const end = vpcs.dialer(VPC).register('10.0.3.4', () => ({ host: '127.0.0.1', port }))
    await seed('hook', {
      clusterIP: '10.100.0.90',
      ports: [{ port: 443 }],
      endpoints: [{ ip: '10.0.3.4', port: 9443 }],
    })
    const asks = await podAt('10.0.2.1')
    expect(await heard(asks, '10.100.0.90', 443)).toBe('stand-in')
    expect(await asks.ask('10.0.3.4', 9443)).toBe('stand-in')
    end()
    // Its address is nobody's any more: a pod may have it.
    const heir = await podAt('10.0.3.4')
    await heir.serve('heir', 9443)
    await expect.poll(() => asks.ask('10.100.0.90', 443).catch(() => '')).toBe('heir for 10.0.2.1')
    server.close()
  })

  it('lead pods to the API of the cluster', async () => {
    const api = createServer((socket) => socket.end('api'))
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
    const { port } = api.address() as AddressInfo
    const kubernetes = { namespace: 'default', clusterIP: '10.100.0.1', ports: [{ port: 443 }] }
    await seed('kubernetes', { ...kubernetes, endpoints: [{ ip: '127.0.0.1', port }] })
    expect(await heard(await podAt('10.0.2.1'), '10.100.0.1', 443)).toBe('api')
    api.close()
  })

  it('never lead to anything else of this machine', async () => {
    const secret = createServer((socket) => socket.end('secret'))
    await new Promise<void>((resolve) => secret.listen(0, '127.0.0.1', resolve))
    const { port } = secret.address() as AddressInfo
    await seed('evil', {
      clusterIP: '10.100.0.66',
      ports: [{ port: 80 }],
      endpoints: [{ ip: '127.0.0.1', port }],
    })
    const [web, asks] = [await podAt('10.0.1.1'), await podAt('10.0.2.1')]
    await web.serve('web', 8080)
    await seed('web', {
      clusterIP: '10.100.0.80',
      ports: [{ port: 80 }],
      endpoints: [{ ip: '10.0.1.1', port: 8080 }],
    })
    await heard(asks, '10.100.0.80', 80)
    await expect(asks.ask('10.100.0.66', 80)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    secret.close()
  })

  it('have names, while the name server has pods', async () => {
    const asks = await podAt('10.0.2.1')
    const end = vpcs.dialer(VPC).register(COREDNS, () => ({ host: '127.0.0.1', port: 1 }))
    await seed('kube-dns', {
      namespace: 'kube-system',
      clusterIP: DNS_IP,
      ports: [
        { port: 53, protocol: 'UDP', name: 'dns' },
        { port: 53, protocol: 'TCP', name: 'dns-tcp' },
      ],
      endpoints: [{ ip: COREDNS, port: 53 }],
    })
    await seed('web', { clusterIP: '10.100.0.80', ports: [{ port: 80 }], endpoints: [] })
    await expect
      .poll(() => lookUp(asks, 'web.shop.svc.cluster.local').catch(() => undefined), { timeout: 10_000 })
      .toBe('10.100.0.80')
    expect(await lookUp(asks, 'example.com')).toBe('192.0.2.1')
    end()
    await client.patch(
      endpointSlices,
      { namespace: 'kube-system', name: 'kube-dns-x' },
      { endpoints: [] },
      { type: 'merge' },
    )
    await expect.poll(() => lookUp(asks, 'web.shop.svc.cluster.local').catch(() => 'silence')).toBe('silence')
  })
})
