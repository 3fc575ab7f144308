import { randomBytes } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { inside, type Namespace } from '../network/vpc/namespace.ts'
import { runCommand } from '../network/vpc/command.ts'
import { noNetwork, startTestPod, type TestPod } from '../network/vpc/testing/test-pod.ts'
import { createVpcNetworks, type VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { createUplinks, type Upstreams } from './uplinks.ts'

const VPC = { id: 'vpc-a', cidr: '10.0.0.0/16', owner: 'shop' }
const SERVER = '203.0.113.7'

let network: VpcNetwork
/** A container that the engine has connected, as `docker run` does, and what it reaches. */
let container: TestPod
let internet: TestPod
let blocks: string[]
let change: () => void
let end: () => Promise<void>
const removed: string[] = []
const pods: TestPod[] = []

const upstreams: Upstreams = {
  ensure: async () => container.pid,
  remove: async (vpcId) => void removed.push(vpcId),
}

beforeEach(async () => {
  if (noNetwork) return
  blocks = ['10.0.1.0/24']
  removed.length = 0
  ;[container, internet] = [await startTestPod(), await startTestPod()]
  await connect(container, internet)
  const networks = createVpcNetworks({ key: randomBytes(4).toString('hex'), clock: systemClock })
  network = await networks.open(VPC)
  end = serve(false)
})

afterEach(async () => {
  if (noNetwork) return
  await end()
  for (const pod of pods.splice(0)) pod.end()
  for (const { id } of await network.list()) await network.detach(id)
  await network.close()
  container.end()
  internet.end()
})

function serve(keeps: boolean): () => Promise<void> {
  const waysOut = {
    blocks: () => blocks,
    onChange(listener: () => void) {
      change = listener
      return () => undefined
    },
  }
  const options = { upstreams, waysOut, keeps: () => keeps, clock: systemClock, log: silentLog }
  return createUplinks(options).serve(network, VPC)
}

/** Gives the container an address, and a default route to the server. */
async function connect(from: TestPod, to: TestPod): Promise<void> {
  const [near, far] = [from, to].map(({ pid }) => ({ path: `/proc/${pid}/ns/net` }))
  if (!near || !far) return
  await runCommand('nsenter', [
    `--net=${near.path}`,
    ...`ip link add eth0 type veth peer name eth0 netns ${to.pid}`.split(' '),
  ])
  await lines(near, [
    'addr add 172.17.0.2/24 dev eth0',
    'link set eth0 up',
    'route add default via 172.17.0.1',
  ])
  await lines(far, [
    'link set lo up',
    'addr add 172.17.0.1/24 dev eth0',
    'link set eth0 up',
    `addr add ${SERVER}/32 dev lo`,
  ])
  await to.serve('the internet', 443)
}

async function lines(place: Pick<Namespace, 'path'>, commands: readonly string[]): Promise<void> {
  for (const command of commands) await inside(place, ['ip', ...command.split(' ')])
}

async function podAt(ip: string): Promise<TestPod> {
  const pod = await startTestPod()
  pods.push(pod)
  await network.attach({ id: ip, ip, pid: pod.pid })
  return pod
}

/** What the server says, or `late` where nobody answers. */
async function ask(pod: TestPod): Promise<string> {
  const signal = AbortSignal.timeout(400)
  const socket = await pod.sockets.connect(SERVER, 443, { signal }).catch(() => undefined)
  if (!socket) return 'late'
  socket.end()
  return Buffer.concat(await socket.toArray()).toString()
}

async function expectSoon(pod: TestPod, answer: string): Promise<void> {
  await expect.poll(() => ask(pod), { timeout: 10_000 }).toBe(answer)
}

const ANSWER = 'the internet for 172.17.0.2'

describe.skipIf(noNetwork)(`the way out of a VPC (${noNetwork ?? 'real'})`, () => {
  it('is there for the subnets whose routes lead out, as these are now', async () => {
    const [outside, isolated] = [await podAt('10.0.1.5'), await podAt('10.0.2.5')]
    await expectSoon(outside, ANSWER)
    expect(await ask(isolated)).toBe('late')
    blocks = ['10.0.2.0/24']
    change()
    await expectSoon(isolated, ANSWER)
    await expectSoon(outside, 'late')
  })

  it('leads nobody in, and keeps addresses of the VPC inside', async () => {
    const pod = await podAt('10.0.1.5')
    await pod.serve('a secret', 80)
    await expectSoon(pod, ANSWER)
    // Even where the other side has a route to it.
    const far = { path: `/proc/${container.pid}/ns/net` }
    await lines(far, ['route add 10.0.0.0/16 via 169.254.2.1'])
    const signal = AbortSignal.timeout(400)
    await expect(container.sockets.connect('10.0.1.5', 80, { signal })).rejects.toThrow(/abort/)
    await lines({ path: `/proc/${internet.pid}/ns/net` }, ['addr add 10.0.9.9/32 dev lo'])
    await internet.serve('not of this VPC', 81)
    const late = AbortSignal.timeout(400)
    await expect(pod.sockets.connect('10.0.9.9', 81, { signal: late })).rejects.toThrow(/abort/)
  })

  it('is made anew after the container was', async () => {
    const pod = await podAt('10.0.1.5')
    await expectSoon(pod, ANSWER)
    container.end()
    internet.end()
    ;[container, internet] = [await startTestPod(), await startTestPod()]
    await connect(container, internet)
    await expect
      .poll(
        async () => {
          change()
          return await ask(pod)
        },
        { timeout: 10_000 },
      )
      .toBe(ANSWER)
  })

  it('goes with the region, or stays with the pods that are kept', async () => {
    const pod = await podAt('10.0.1.5')
    await expectSoon(pod, ANSWER)
    await end()
    expect(removed).toEqual(['vpc-a'])
    expect(await ask(pod)).toBe('late')
    end = serve(true)
    await expectSoon(pod, ANSWER)
    await end()
    expect(removed).toEqual(['vpc-a'])
    expect(await ask(pod)).toBe(ANSWER)
  })
})
