import { randomBytes } from 'node:crypto'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { noNetwork, startTestPod, type TestPod } from '../network/vpc/testing/test-pod.ts'
import { createVpcNetworks, type VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { groupTable, type GroupMember, type GroupRule } from '../rules/vpc/security-groups.ts'
import { createGroupKeepers } from './group-keeper.ts'

const VPC = { id: 'vpc-a', cidr: '10.0.0.0/16', owner: 'shop' }
const [NODE, SIBLING, FARGATE] = ['10.0.1.5', '10.0.1.6', '10.0.2.7'] as const
const MEMBERS: readonly GroupMember[] = [
  { ips: [NODE, SIBLING], groupIds: ['sg-node'], machine: 'i-1' },
  { ips: [FARGATE], groupIds: ['sg-cluster'], machine: 'eni-1' },
]
const OUT: readonly GroupRule[] = ['sg-node', 'sg-cluster'].map((groupId) => {
  return { groupId, egress: true, protocol: '-1', cidr: '0.0.0.0/0' }
})

let network: VpcNetwork
let rules: readonly GroupRule[]
let change: () => void
let end: () => Promise<void>
const pods: TestPod[] = []

beforeEach(async () => {
  if (noNetwork) return
  const networks = createVpcNetworks({ key: randomBytes(4).toString('hex'), clock: systemClock })
  network = await networks.open(VPC)
  rules = OUT
  const groups = {
    table: () => groupTable(MEMBERS, rules),
    onChange(listener: () => void) {
      change = listener
      return () => undefined
    },
  }
  end = createGroupKeepers({ groups, clock: systemClock, log: silentLog }).serve(network, VPC)
})

afterEach(async () => {
  if (noNetwork) return
  await end()
  for (const pod of pods.splice(0)) pod.end()
  for (const { id } of await network.list()) await network.detach(id)
  await network.close()
})

async function podAt(ip: string): Promise<TestPod> {
  const pod = await startTestPod()
  pods.push(pod)
  await network.attach({ id: `uid-${ip}`, ip, pid: pod.pid })
  await pod.serve(`pod ${ip}`, 80)
  await pod.serve(`other ${ip}`, 81)
  return pod
}

/** What a packet that is dropped looks like to who has sent it. */
async function isCutOff(pod: TestPod, ip: string, port = 80): Promise<boolean> {
  const late = Symbol('late')
  const patience = new Promise((resolve) => setTimeout(() => resolve(late), 150))
  const asked = pod.ask(ip, port).catch(() => late)
  return (await Promise.race([asked, patience])) === late
}

describe.skipIf(noNetwork)(`security groups (${noNetwork ?? 'real'})`, () => {
  it('hold pods to their rules as these change, but not within a machine', async () => {
    const [node, fargate] = [await podAt(NODE), await podAt(FARGATE)]
    await podAt(SIBLING)
    await vi.waitFor(async () => expect(await isCutOff(fargate, NODE)).toBe(true), 5000)
    expect(await isCutOff(node, FARGATE)).toBe(true)
    expect(await node.ask(SIBLING, 80)).toBe(`pod ${SIBLING} for ${NODE}`)
    expect(await fargate.ask(FARGATE, 80)).toBe(`pod ${FARGATE} for ${FARGATE}`)

    const from = { egress: false, protocol: 'tcp', fromPort: 80, toPort: 80 }
    rules = [...OUT, { ...from, groupId: 'sg-node', sourceGroupId: 'sg-cluster' }]
    change()
    await vi.waitFor(async () => expect(await isCutOff(fargate, NODE)).toBe(false), 5000)
    expect(await fargate.ask(NODE, 80)).toBe(`pod ${NODE} for ${FARGATE}`)
    expect(await isCutOff(fargate, NODE, 81)).toBe(true)
    expect(await isCutOff(node, FARGATE)).toBe(true)
  })

  it('let out only what they say, and never hold back the region', async () => {
    rules = [{ groupId: 'sg-node', egress: false, protocol: '-1', cidr: '0.0.0.0/0' }]
    change()
    const [node, fargate] = [await podAt(NODE), await podAt(FARGATE)]
    await vi.waitFor(async () => expect(await isCutOff(fargate, NODE)).toBe(true), 5000)
    rules = [...rules, { groupId: 'sg-cluster', egress: true, protocol: 'tcp', cidr: '10.0.1.0/24' }]
    change()
    await vi.waitFor(async () => expect(await isCutOff(fargate, NODE, 81)).toBe(false), 5000)
    const way = network.wayTo(`uid-${FARGATE}`, 80)
    const stream = await way?.open({ name: 'probe', timeoutMs: 2000, from: 'vpc' })
    stream?.end()
    expect(String(await stream?.toArray())).toBe(`pod ${FARGATE} for 10.0.0.1`)
    expect(await isCutOff(node, FARGATE)).toBe(true)
  })

  it('hold what pods ask of a pod whose work the region does', async () => {
    const fargate = await podAt(FARGATE)
    await network.own(NODE)
    const server = await network.sockets.listen(NODE, 53, (socket) => void socket.end('a name'))
    await network.own('10.100.0.1')
    const api = await network.sockets.listen('10.100.0.1', 443, (socket) => void socket.end('the API'))
    await vi.waitFor(async () => expect(await isCutOff(fargate, NODE, 53)).toBe(true), 5000)
    expect(await fargate.ask('10.100.0.1', 443)).toBe('the API')
    server.close()
    api.close()
  })
})
