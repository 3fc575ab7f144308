import { randomBytes } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { inside } from './namespace.ts'
import type { RulePort } from './service-rules.ts'
import { noNetwork, startTestPod, type TestPod } from './testing/test-pod.ts'
import { createVpcNetworks, type VpcNetwork } from './vpc-networks.ts'

const CLUSTER_IP = '10.100.0.80'
const WEB = ['10.0.1.1', '10.0.1.2']

let network: VpcNetwork
let other: VpcNetwork
const pods: TestPod[] = []

beforeEach(async () => {
  if (noNetwork) return
  const networks = createVpcNetworks({ key: randomBytes(4).toString('hex'), clock: systemClock })
  network = await networks.open({ id: 'vpc-a', cidr: '10.0.0.0/16', owner: 'shop' })
  other = await networks.open({ id: 'vpc-a', cidr: '10.0.0.0/16', owner: 'bank' })
})

afterEach(async () => {
  if (noNetwork) return
  for (const pod of pods.splice(0)) pod.end()
  for (const each of [network, other]) {
    for (const { id } of await each.list()) await each.detach(id)
  }
  await other.close()
  await network.close()
})

async function podAt(ip: string, on = network): Promise<TestPod> {
  const pod = await startTestPod()
  pods.push(pod)
  await on.attach({ id: `uid-${ip}`, ip, pid: pod.pid })
  return pod
}

async function webAt(ip: string, on = network): Promise<TestPod> {
  const pod = await podAt(ip, on)
  await pod.serve(ip, 8080)
  return pod
}

function port(change: Partial<RulePort> = {}): RulePort {
  const endpoints = WEB.map((ip) => ({ ip, port: 8080 }))
  return { ip: CLUSTER_IP, port: 80, protocol: 'tcp', endpoints, isPrivate: true, ...change }
}

async function answersOf(client: TestPod, ip = CLUSTER_IP, at = 80): Promise<Set<string>> {
  const answers = new Set<string>()
  for (let turn = 0; turn < 20; turn++) answers.add(await client.ask(ip, at))
  return answers
}

describe.skipIf(noNetwork)(`the rules of Services (${noNetwork ?? 'real'})`, () => {
  it('lead to the endpoints in turn, which see the client', async () => {
    for (const ip of WEB) await webAt(ip)
    const client = await podAt('10.0.2.1')
    await network.serve({ clients: [], ports: [port()] })
    expect(await answersOf(client)).toEqual(new Set(WEB.map((ip) => `${ip} for 10.0.2.1`)))
  })

  it('hold for pods that come after them', async () => {
    await webAt('10.0.1.1')
    await network.serve({ clients: [], ports: [port({ endpoints: [{ ip: '10.0.1.1', port: 8080 }] })] })
    const late = await podAt('10.0.2.9')
    expect(await late.ask(CLUSTER_IP, 80)).toBe('10.0.1.1 for 10.0.2.9')
  })

  it('lead a client to one endpoint where it is to stay', async () => {
    for (const ip of WEB) await webAt(ip)
    const client = await podAt('10.0.2.1')
    await network.serve({ clients: [], ports: [port({ affinitySeconds: 10_800 })] })
    expect((await answersOf(client)).size).toBe(1)
  })

  it('lead a pod to itself by way of the router', async () => {
    const web = await webAt('10.0.1.1')
    await network.serve({ clients: [], ports: [port({ endpoints: [{ ip: '10.0.1.1', port: 8080 }] })] })
    expect(await web.ask(CLUSTER_IP, 80)).toBe('10.0.1.1 for 10.0.0.1')
  })

  it('refuse at once where nothing is ready', async () => {
    const client = await podAt('10.0.2.1')
    await network.serve({ clients: [], ports: [port({ endpoints: [] })] })
    await expect(client.ask(CLUSTER_IP, 80)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('tell two clusters apart that have the same addresses of Services', async () => {
    await webAt('10.0.1.1')
    await webAt('10.0.1.2', other)
    const [mine, theirs] = [await podAt('10.0.2.1'), await podAt('10.0.2.2', other)]
    await network.serve({ clients: [], ports: [port({ endpoints: [{ ip: '10.0.1.1', port: 8080 }] })] })
    await other.serve({ clients: [], ports: [port({ endpoints: [{ ip: '10.0.1.2', port: 8080 }] })] })
    expect(await mine.ask(CLUSTER_IP, 80)).toBe('10.0.1.1 for 10.0.2.1')
    expect(await theirs.ask(CLUSTER_IP, 80)).toBe('10.0.1.2 for 10.0.2.2')
  })

  it('serve node ports to everybody, and the endpoints of a client to it alone', async () => {
    for (const ip of WEB) await webAt(ip)
    const [near, stranger] = [await podAt('10.0.2.1'), await podAt('10.0.2.2', other)]
    const [first, second] = WEB.map((ip) => [{ ip, port: 8080 }])
    const special = [{ clients: ['10.0.2.1'], endpoints: second ?? [] }]
    const nodePort = port({ ip: '10.0.9.9', port: 30_080, isPrivate: false, endpoints: first ?? [] })
    await network.serve({ clients: [], ports: [port({ endpoints: first ?? [], special }), nodePort] })
    expect(await answersOf(near)).toEqual(new Set(['10.0.1.2 for 10.0.2.1']))
    expect(await stranger.ask('10.0.9.9', 30_080)).toBe('10.0.1.1 for 10.0.2.2')
  })

  it('go with the last pod of their cluster', async () => {
    await podAt('10.0.2.2', other)
    await network.serve({ clients: [], ports: [port()] })
    await network.close()
    expect(await inside(other.namespace, ['nft', 'list', 'tables'])).toBe('')
  })
})
