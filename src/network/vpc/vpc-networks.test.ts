import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { createVpcs } from '../dialer.ts'
import { inside } from './namespace.ts'
import { noNetwork, startTestPod, type TestPod } from './testing/test-pod.ts'
import { createVpcNetworks, type VpcNetwork, type VpcNetworks } from './vpc-networks.ts'

const VPC = { id: 'vpc-a', cidr: '10.0.0.0/16', owner: 'shop' }

let key: string
let networks: VpcNetworks
let networkA: VpcNetwork
const pods: TestPod[] = []

beforeEach(async () => {
  if (noNetwork) return
  key = randomBytes(4).toString('hex')
  networks = createVpcNetworks({ key, clock: systemClock })
  networkA = await networks.open(VPC)
})

afterEach(async () => {
  if (noNetwork) return
  for (const pod of pods.splice(0)) pod.end()
  const attached = existsSync(networkA.namespace.path) ? await networkA.list() : []
  for (const { id } of attached) await networkA.detach(id)
  await networkA.close()
  await networks.sweep()
})

async function podAt(ip: string, network = networkA): Promise<TestPod> {
  const pod = await startTestPod()
  pods.push(pod)
  await network.attach({ id: `uid-${ip}`, ip, pid: pod.pid })
  return pod
}

describe.skipIf(noNetwork)(`the network of a VPC (${noNetwork ?? 'real'})`, () => {
  it('leads from the region to a pod, which sees the router', async () => {
    const pod = await podAt('10.0.1.5')
    await pod.serve('web', 80)
    const vpcs = createVpcs({ clock: systemClock })
    vpcs.dialer(VPC.id).register('10.0.1.5', (port) => networkA.wayTo('uid-10.0.1.5', port))
    const stream = await vpcs.dialer(VPC.id).dial('10.0.1.5', 80)
    stream.end()
    expect(await text(stream)).toBe('web for 10.0.0.1')
    await expect(vpcs.dialer(VPC.id).dial('10.0.1.5', 81)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('leads from pod to pod, across subnets, and each sees the other', async () => {
    const [web, client] = [await podAt('10.0.1.5'), await podAt('10.0.200.6')]
    await web.serve('web', 80)
    expect(await client.ask('10.0.1.5', 80)).toBe('web for 10.0.200.6')
    expect(await web.ask('10.0.1.5', 80)).toBe('web for 10.0.1.5')
  })

  it('keeps VPCs with the same addresses apart', async () => {
    const networkB = await networks.open({ ...VPC, id: 'vpc-b' })
    const [webA, webB] = [await podAt('10.0.1.5'), await podAt('10.0.1.5', networkB)]
    await webA.serve('a', 80)
    await webB.serve('b', 80)
    const [inA, inB] = [await podAt('10.0.1.6'), await podAt('10.0.1.6', networkB)]
    expect([await inA.ask('10.0.1.5', 80), await inB.ask('10.0.1.5', 80)]).toEqual([
      'a for 10.0.1.6',
      'b for 10.0.1.6',
    ])
    for (const { id } of await networkB.list()) await networkB.detach(id)
    await networkB.close()
    expect(existsSync(networkB.namespace.path)).toBe(false)
  })

  it('leaves pods their way when nothing of the region is at the router any more', async () => {
    const [web, client] = [await podAt('10.0.1.5'), await podAt('10.0.200.6')]
    await web.serve('web', 80)
    await networkA.own(networkA.router)
    await networkA.disown(networkA.router)
    expect(await client.ask('10.0.1.5', 80)).toBe('web for 10.0.200.6')
  })

  it('has addresses of the region in it', async () => {
    const client = await podAt('10.0.1.6')
    await networkA.own('10.100.0.1')
    const server = await networkA.sockets.listen('10.100.0.1', 443, (socket) => {
      socket.end(`hello ${socket.remoteAddress}`)
    })
    expect(await client.ask('10.100.0.1', 443)).toBe('hello 10.0.1.6')
    server.close()
    // A process that is being forked meanwhile holds the socket until its program starts: then it is a reset.
    await expect(client.ask('10.100.0.1', 443)).rejects.toMatchObject({
      code: expect.stringMatching(/^ECONN(REFUSED|RESET)$/),
    })
    await networkA.disown('10.100.0.1')
    await networkA.disown('10.100.0.1')
  })

  it('keeps what was said before either side spoke, and both directions of a connection', async () => {
    const pod = await podAt('10.0.1.5')
    await pod.sockets.listen('10.0.1.5', 25, (socket) => {
      socket.write('220 ready\n')
      text(socket).then(
        (said) => socket.end(`you said ${said}`),
        () => undefined,
      )
    })
    const stream = await networkA
      .wayTo('uid-10.0.1.5', 25)
      ?.open({ name: 'smtp', timeoutMs: 5000, from: 'vpc' })
    stream?.end('bye')
    expect(stream && (await text(stream))).toBe('220 ready\nyou said bye')
  })
})

describe.skipIf(noNetwork)('a pod in it', () => {
  it('has nothing but its address and a way out by the router', async () => {
    const { pid } = await podAt('10.0.1.5')
    const pod = { path: `/proc/${pid}/ns/net` }
    expect(await inside(pod, ['ip', '-4', '-brief', 'addr'])).toMatch(
      /^lo .*127.0.0.1\/8 *\neth0@\S+ +UP +10.0.1.5\/32 *\n$/,
    )
    expect(await inside(pod, ['ip', 'route'])).toMatch(/^default via 169.254.1.1 dev eth0/)
  })

  it('is left alone when it is attached once more, and is done again for another process', async () => {
    const pod = await podAt('10.0.1.5')
    const place = { id: 'uid-10.0.1.5', ip: '10.0.1.5', pid: pod.pid }
    const before = await inside({ path: `/proc/${pod.pid}/ns/net` }, ['ip', '-brief', 'link', 'show', 'eth0'])
    await networkA.attach(place)
    expect(await inside({ path: `/proc/${pod.pid}/ns/net` }, ['ip', '-brief', 'link', 'show', 'eth0'])).toBe(
      before,
    )
    const next = await startTestPod()
    pods.push(next)
    await networkA.attach({ ...place, pid: next.pid })
    await next.serve('next', 80)
    expect(await (await podAt('10.0.1.6')).ask('10.0.1.5', 80)).toBe('next for 10.0.1.6')
  })

  it('outlives the region, and is found by its next run', async () => {
    const pod = await podAt('10.0.1.5')
    await pod.serve('web', 80)
    await networkA.own('10.0.9.9')
    // Another run of the region that knows nothing of the first, which was killed.
    const next = createVpcNetworks({ key, clock: systemClock })
    await next.sweep()
    const network = await next.open(VPC)
    // What the first run listened on is nobody's any more.
    const own = await inside(network.namespace, ['ip', '-brief', 'addr', 'show', 'dev', 'lo'])
    expect(own).toContain('10.0.0.1/32')
    expect(own).not.toContain('10.0.9.9')
    expect(await network.list()).toEqual([{ owner: 'shop', id: 'uid-10.0.1.5', ip: '10.0.1.5' }])
    await network.attach({ id: 'uid-10.0.1.5', ip: '10.0.1.5', pid: pod.pid })
    await vi.waitFor(async () => {
      const stream = await network
        .wayTo('uid-10.0.1.5', 80)
        ?.open({ name: 'web', timeoutMs: 5000, from: 'vpc' })
      expect(stream && (await text(stream))).toBe('web for 10.0.0.1')
    })
    await network.close()
    expect(existsSync(network.namespace.path)).toBe(true)
  })

  it('is one of its own cluster, where two share the VPC', async () => {
    const other = await networks.open({ ...VPC, owner: 'bank' })
    await podAt('10.0.1.5')
    const pod = await podAt('10.0.1.6', other)
    await pod.serve('bank', 80)
    expect(await other.list()).toEqual([{ owner: 'bank', id: 'uid-10.0.1.6', ip: '10.0.1.6' }])
    expect(await pod.ask('10.0.1.6', 80)).toBe('bank for 10.0.1.6')
    await other.detach('uid-10.0.1.6')
    await other.close()
    await other.close()
    expect(await networkA.list()).toHaveLength(1)
  })

  it('leaves nothing when it ends', async () => {
    await podAt('10.0.1.5')
    await networkA.detach('uid-10.0.1.5')
    await networkA.detach('uid-10.0.1.5')
    expect(networkA.wayTo('uid-10.0.1.5', 80)).toBeUndefined()
    await networkA.close()
    expect(existsSync(networkA.namespace.path)).toBe(false)
  })
})
