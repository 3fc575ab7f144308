import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

import { decode, encode } from 'dns-packet'
import { describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { createVpcs } from '../network/dialer.ts'
import { noNetwork, startTestPod, type TestPod } from '../network/vpc/testing/test-pod.ts'
import { createVpcNetworks } from '../network/vpc/vpc-networks.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { openPodNetwork, type PodNetwork } from './pod-network.ts'
import { createVpcServices, type PodRequest } from './vpc-services.ts'

const vpc = { id: 'vpc-a', cidr: '10.0.0.0/16' }
const seen: PodRequest[] = []

const balancer = 'web.elb.eu-west-1.localhost'
// A load balancer whose listener says who came, as the edge hands connections over.
const edge = {
  resolve: (name: string) => (name === balancer ? ['127.70.1.2'] : undefined),
  fronts: () => [
    {
      address: '127.70.1.2',
      port: 80,
      accept: (socket: Socket) => void socket.resume().end(`balanced ${socket.remoteAddress}`),
    },
  ],
  onChange: () => () => undefined,
}

/** Two clusters in one VPC, with a region around them that says its name. */
async function openTwo(): Promise<{ shop: PodNetwork; bank: PodNetwork }> {
  const endpoint = createServer((socket) => socket.end('the region'))
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
  const { port } = endpoint.address() as AddressInfo
  const resolver = async () => ({
    answers: [{ type: 'A' as const, name: 'x.test', ttl: 5, data: '192.0.2.7' }],
  })
  const world = {
    networks: createVpcNetworks({ key: randomBytes(4).toString('hex'), clock: systemClock }),
    vpcs: createVpcs({ clock: systemClock }),
    uplinks: undefined,
    groups: { serve: () => async () => undefined },
    services: createVpcServices({
      edge,
      endpoint: `http://127.0.0.1:${port}`,
      log: silentLog,
      resolver,
      async metadata(request) {
        seen.push(request)
        return request.path === '/away' ? undefined : { status: 200, body: 'i-1' }
      },
      podIdentity: async () => ({ status: 200, body: '{}' }),
    }),
  }
  const supervisor = new Supervisor(silentLog)
  const client = new FakeClient({ clock: systemClock })
  const cluster = createControllerContext({ client, clock: systemClock, log: silentLog, supervisor })
  const open = async (clusterName: string) => await openPodNetwork(world, { clusterName, vpc, cluster })
  const [shop, bank] = [await open('shop'), await open('bank')]
  onTestFinished(async () => {
    await shop.close()
    await bank.close()
    await supervisor.stop()
    endpoint.close()
  })
  return { shop, bank }
}

async function podIn({ network }: PodNetwork, ip: string): Promise<TestPod> {
  const pod = await startTestPod()
  await network.attach({ id: ip, ip, pid: pod.pid })
  onTestFinished(async () => {
    pod.end()
    await network.detach(ip)
  })
  return pod
}

async function get(pod: TestPod, ip: string, path: string): Promise<string> {
  const socket = await pod.sockets.connect(ip, 80)
  socket.write(
    `GET ${path}?q HTTP/1.1\r\nhost: ${ip}\r\nx-aws-ec2-metadata-token: t\r\nconnection: close\r\n\r\n`,
  )
  return Buffer.concat(await socket.toArray()).toString()
}

describe.skipIf(noNetwork)(`a pod of a region (${noNetwork ?? 'real'})`, () => {
  it('finds the region, its metadata service and the agent of Pod Identity', async () => {
    const { shop, bank } = await openTwo()
    const endpoint = 'http://10.0.0.1:4566'
    expect(shop.variables).toEqual({ AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_STS: endpoint })
    const [first, second] = [await podIn(shop, '10.0.1.1'), await podIn(bank, '10.0.1.2')]
    for (const pod of [first, second]) expect(await pod.ask('10.0.0.1', 4566)).toBe('the region')
    expect(await get(first, '169.254.169.254', '/latest/meta-data/instance-id')).toMatch(/200 OK[^]*\r\ni-1$/)
    expect(seen.at(-1)).toMatchObject({
      method: 'GET',
      path: '/latest/meta-data/instance-id',
      vpcId: 'vpc-a',
      from: '10.0.1.1',
      headers: { 'x-aws-ec2-metadata-token': 't' },
    })
    expect(await get(second, '169.254.170.23', '/v1/credentials')).toContain('application/json')
    // What is too far away, or not there, says nothing.
    await expect(get(first, '169.254.169.254', '/away')).rejects.toMatchObject({ code: 'ECONNRESET' })
    // The other cluster of the VPC goes on when one ends.
    await shop.close()
    expect(await second.ask('10.0.0.1', 4566)).toBe('the region')
  })

  it.each([balancer, 'WEB.elb.eu-west-1.test'])('reaches the load balancer %s by its name', async (name) => {
    const { shop } = await openTwo()
    const pod = await podIn(shop, '10.0.1.1')
    const socket = await pod.sockets.bind('0.0.0.0', 0)
    onTestFinished(() => void socket.close())
    socket.send(encode({ type: 'query', id: 1, questions: [{ type: 'A', name }] }), 53, '10.0.0.2')
    const [reply] = (await once(socket, 'message')) as [Buffer]
    expect(decode(reply).answers).toMatchObject([{ data: '100.70.1.2' }])
    expect(await pod.ask('100.70.1.2', 80)).toBe('balanced 10.0.1.1')
  })

  it('asks the resolver of its VPC', async () => {
    const { shop } = await openTwo()
    const socket = await (await podIn(shop, '10.0.1.1')).sockets.bind('0.0.0.0', 0)
    onTestFinished(() => void socket.close())
    socket.send(encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'x.test' }] }), 53, '10.0.0.2')
    const [reply] = (await once(socket, 'message')) as [Buffer]
    expect(decode(reply).answers).toMatchObject([{ data: '192.0.2.7' }])
  })
})
