// What plane.ts does with datagrams: flows by five-tuple, targets by health, what security groups keep out.
import { createSocket, type Socket } from 'node:dgram'

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import type { FlowSettings, LoadBalancerPlan } from '../load-balancer.ts'
import { flowThrough } from '../datagrams.ts'
import { group, GROUP, PlaneStage } from '../testing/plane-stage.ts'
import { connectTo, until } from '../testing/test-target.ts'

let stage: PlaneStage

beforeEach(async () => {
  stage = await PlaneStage.open()
})

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4').unref()
  await new Promise<void>((resolve) => socket.bind({ address: '127.0.0.1', port: 0 }, resolve))
  return socket
}

/** A target behind a real socket, which answers what it hears with its address and where the datagram came from. */
async function target(ip: string): Promise<void> {
  const server = await bound()
  onTestFinished(() => void server.close())
  server.on('message', (bytes, from) => server.send(`${ip} ${from.port} ${bytes}`, from.port, from.address))
  stage.dialer.register(
    ip,
    () => ({ accept: (stream) => void stream.resume().on('error', () => undefined) }),
    () => ({
      openFlow: async (receive) =>
        flowThrough(await bound(), { ip: '127.0.0.1', port: server.address().port }, receive),
    }),
  )
}

async function open(
  ips: readonly string[],
  flows: Partial<FlowSettings> = {},
  change: Partial<LoadBalancerPlan> = {},
): Promise<void> {
  await stage.balance(group(ips, { flows, deregistrationDelaySeconds: 0.02 }), {
    crossZone: true,
    listeners: [{ arn: 'arn:listener', port: 80, protocol: 'UDP', groups: [{ arn: GROUP, weight: 1 }] }],
    ...change,
  })
}

function port(): number {
  const [address] = stage.plane.addresses('arn:lb')
  return Number(address?.direct?.split(':')[1])
}

interface Client {
  readonly heard: string[]
  say(text: string): void
  ask(text: string): Promise<string>
}

async function client(): Promise<Client> {
  const socket = await bound()
  onTestFinished(() => void socket.close())
  const heard: string[] = []
  socket.on('message', (bytes) => heard.push(String(bytes)))
  const say = (text: string): void => socket.send(text, port(), '127.0.0.1')
  return {
    heard,
    say,
    async ask(text) {
      const before = heard.length
      say(text)
      await until(`an answer to ${text}`, () => heard.length > before)
      return heard.at(-1) ?? ''
    },
  }
}

const targetOf = (answer: string): string => answer.split(' ')[0] ?? ''
const sourceOf = (answer: string): string => answer.split(' ')[1] ?? ''

describe('a UDP listener', () => {
  it('carries each datagram to the target of its flow, and the answers back', async () => {
    await target('10.0.0.1')
    await open(['10.0.0.1'])
    await stage.healthy(1)
    const one = await client()
    const answers = [await one.ask('a'), await one.ask(''), await one.ask('ä'.repeat(2000))]
    expect(answers.map((answer) => answer.split(' ')[2])).toEqual(['a', '', 'ä'.repeat(2000)])
    expect(new Set(answers.map(sourceOf)).size).toBe(1)
    expect(stage.plane.addresses('arn:lb')[0]?.url).toMatch(/^udp:\/\/k8s-test-0123\.elb\./)
  })

  it('keeps a flow on its target and spreads flows over targets', async () => {
    await target('10.0.0.1')
    await target('10.0.0.2')
    await open(['10.0.0.1', '10.0.0.2'])
    await stage.healthy(2)
    const clients = await Promise.all(Array.from({ length: 24 }, () => client()))
    const first = await Promise.all(clients.map((each) => each.ask('one')))
    const second = await Promise.all(clients.map((each) => each.ask('two')))
    expect(second.map(targetOf)).toEqual(first.map(targetOf))
    expect(second.map(sourceOf)).toEqual(first.map(sourceOf))
    expect(new Set(first.map(targetOf))).toEqual(new Set(['10.0.0.1', '10.0.0.2']))
    expect(new Set(first.map(sourceOf)).size).toBe(24)
  })

  it('sends all flows of an address to one target where the group is sticky', async () => {
    await target('10.0.0.1')
    await target('10.0.0.2')
    await open(['10.0.0.1', '10.0.0.2'], { isSticky: true })
    await stage.healthy(2)
    const clients = await Promise.all(Array.from({ length: 12 }, () => client()))
    const answers = await Promise.all(clients.map((each) => each.ask('one')))
    expect(new Set(answers.map(targetOf)).size).toBe(1)
  })

  it.each([
    { endsDeregistered: true, then: ['10.0.0.2'] },
    { endsDeregistered: false, then: ['10.0.0.1'] },
  ])('of a target that left, a flow goes on: to $then', async ({ endsDeregistered, then }) => {
    await target('10.0.0.1')
    await open(['10.0.0.1'], { endsDeregistered })
    await stage.healthy(1)
    const one = await client()
    expect(targetOf(await one.ask('one'))).toBe('10.0.0.1')
    await target('10.0.0.2')
    stage.plane.applyTargetGroup(
      group(['10.0.0.2'], { flows: { endsDeregistered }, deregistrationDelaySeconds: 0.02 }),
    )
    await until('the first is forgotten', () => stage.plane.targetHealth(GROUP).length === 1)
    await stage.healthy(1)
    expect([targetOf(await one.ask('two'))]).toEqual(then)
  })

  it('loses what security groups keep out, which are asked of UDP', async () => {
    await target('10.0.0.1')
    const knocks: object[] = []
    await open(
      ['10.0.0.1'],
      {},
      {
        admits: (knock) => {
          knocks.push(knock)
          return knocks.length > 1
        },
      },
    )
    await stage.healthy(1)
    const one = await client()
    one.say('lost')
    await until('it was asked', () => knocks.length === 1)
    expect(targetOf(await one.ask('let in'))).toBe('10.0.0.1')
    expect(one.heard).toHaveLength(1)
    expect(knocks).toEqual(Array(2).fill({ sourceIp: '127.0.0.1', port: 80, protocol: 'udp' }))
  })

  it('sends to all targets when none is healthy: it fails open', async () => {
    await target('10.0.0.1')
    stage.dialer.register(
      '10.0.0.2',
      () => undefined,
      () => ({ answer: () => Buffer.from('10.0.0.2 0 open') }),
    )
    await open(['10.0.0.2'])
    await until('it is unhealthy', () => stage.plane.targetHealth(GROUP)[0]?.state === 'unhealthy')
    expect(await (await client()).ask('one')).toBe('10.0.0.2 0 open')
  })

  it('takes no connections, and one of TCP_UDP takes both', async () => {
    await target('10.0.0.1')
    await open(['10.0.0.1'])
    await stage.healthy(1)
    await expect(connectTo({ host: '127.0.0.1', port: port() })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
    await open(
      ['10.0.0.1'],
      {},
      {
        listeners: [{ arn: 'arn:both', port: 80, protocol: 'TCP_UDP', groups: [{ arn: GROUP, weight: 1 }] }],
      },
    )
    const [both] = stage.plane.addresses('arn:lb')
    expect(both?.url).toMatch(/^http:/)
    const socket = await connectTo({ host: '127.0.0.1', port: port() })
    socket.destroy()
  })
})
