import { createHash, randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { createVpcs, type Dialer, type Vpcs } from '../dialer.ts'
import { createEdge, type Edge } from '../edge/edge.ts'
import type { LoadBalancerPlane, TargetGroupPlan } from '../load-balancer.ts'
import { startTarget, until, type TestTarget } from '../testing/test-target.ts'
import { createLoadBalancerPlane, PlaneError } from './plane.ts'

const GROUP = 'arn:tg'
const VPC = 'vpc-1'
const BALANCER = 'arn:lb'
const NAME = 'k8s-test-0123.elb.eu-west-1.localhost'

let vpcs: Vpcs
let dialer: Dialer
let edge: Edge
let plane: LoadBalancerPlane
let targets: TestTarget[]

beforeEach(async () => {
  vpcs = createVpcs({ clock: systemClock })
  dialer = vpcs.dialer(VPC)
  const remembered = new Map<string, number>()
  edge = createEdge({
    clock: systemClock,
    log: silentLog,
    sharedPort: 0,
    isTryingOwnPorts: false,
    ports: { get: (arn) => remembered.get(arn), set: (arn, port) => void remembered.set(arn, port) },
  })
  await edge.start()
  plane = createLoadBalancerPlane({
    vpcs,
    edge,
    clock: systemClock,
    log: silentLog,
    initialCheckIntervalMs: 5,
  })
  targets = []
})

afterEach(async () => {
  await edge.close()
  plane.removeTargetGroup(GROUP)
  await Promise.all(targets.map((target) => target.close()))
})

async function target(ip: string, onConnection: (socket: Socket) => void): Promise<TestTarget> {
  const started = await startTarget(dialer, ip, onConnection)
  targets.push(started)
  return started
}

function group(ips: readonly string[], change: Partial<TargetGroupPlan> = {}): TargetGroupPlan {
  return {
    arn: GROUP,
    vpcId: VPC,
    targets: ips.map((ip) => ({ ip, port: 80, zone: 'a' })),
    healthCheck: {
      protocol: 'TCP',
      port: 'traffic-port',
      path: '/',
      intervalSeconds: 0.02,
      timeoutSeconds: 1,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      successCodes: '200-399',
    },
    deregistrationDelaySeconds: 300,
    proxyProtocolV2: false,
    ...change,
  }
}

async function balance(plan: TargetGroupPlan): Promise<void> {
  plane.applyTargetGroup(plan)
  await plane.applyLoadBalancer({
    arn: BALANCER,
    dnsName: NAME,
    zones: ['a', 'b'],
    crossZone: false,
    listeners: [{ arn: 'arn:listener', port: 80, protocol: 'TCP', targetGroupArn: GROUP }],
  })
}

async function healthy(count: number): Promise<void> {
  const isHealthy = (): boolean =>
    plane.targetHealth(GROUP).filter(({ state }) => state === 'healthy').length === count
  await until(`${count} healthy targets`, isHealthy)
}

function client(): Socket {
  const [, port] = plane.addresses(BALANCER)[0]!.direct!.split(':')
  return connect({ host: '127.0.0.1', port: Number(port), allowHalfOpen: true })
}

/** Everything the peer sends until its FIN; rejects on a reset. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

// A health check connects and resets: a target that reads sees that as an error.
const ignoreCheck = (): void => undefined

const BLOCK = randomBytes(1024 * 1024)

/** Writes the block `count` times with respect for back-pressure, then FIN. @returns the hash of what was sent. */
async function pump(socket: Socket, count: number): Promise<string> {
  const hash = createHash('sha256')
  for (let index = 0; index < count; index++) {
    hash.update(BLOCK)
    if (!socket.write(BLOCK)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  socket.end()
  return hash.digest('hex')
}

async function hashAll(socket: Socket): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of socket) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

describe('bytes', () => {
  it('carries 100 MB in both directions at once, unchanged', async () => {
    const atTarget = Promise.withResolvers<{ sent: string; received: string }>()
    let isCheck = true
    await target('10.0.0.1', (socket) => {
      if (isCheck) return
      void Promise.all([pump(socket, 100), hashAll(socket)]).then(([sent, received]) =>
        atTarget.resolve({ sent, received }),
      )
    })
    await balance(group(['10.0.0.1'], { healthCheck: { ...group([]).healthCheck, intervalSeconds: 60 } }))
    await healthy(1)
    isCheck = false
    const socket = client()
    const [sent, received] = await Promise.all([pump(socket, 100), hashAll(socket)])
    expect(received).toBe((await atTarget.promise).sent)
    expect((await atTarget.promise).received).toBe(sent)
  })

  it('lets the client finish first and still hear the answer', async () => {
    await target('10.0.0.1', (socket) => {
      void readAll(socket).then((request) => socket.end(`got ${digest(request)}`), ignoreCheck)
    })
    await balance(group(['10.0.0.1']))
    await healthy(1)
    const socket = client()
    socket.end(BLOCK)
    expect((await readAll(socket)).toString()).toBe(`got ${digest(BLOCK)}`)
  })

  it('lets the target finish first and still hear the client', async () => {
    const heard = Promise.withResolvers<string>()
    await target('10.0.0.1', (socket) => {
      socket.end('bye')
      void readAll(socket).then((bytes) => bytes.length > 0 && heard.resolve(digest(bytes)), ignoreCheck)
    })
    await balance(group(['10.0.0.1']))
    await healthy(1)
    const socket = client()
    expect((await readAll(socket)).toString()).toBe('bye')
    socket.end(BLOCK)
    expect(await heard.promise).toBe(digest(BLOCK))
  })

  it('passes a reset of the target to the client', async () => {
    await target('10.0.0.1', (socket) => socket.once('data', () => socket.resetAndDestroy()))
    await balance(group(['10.0.0.1']))
    await healthy(1)
    const socket = client()
    socket.write('hello')
    await expect(readAll(socket)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('passes a reset of the client to the target', async () => {
    const atTarget = Promise.withResolvers<string>()
    await target('10.0.0.1', (socket) => {
      socket.once('data', () => {
        socket.once('error', (error) => atTarget.resolve((error as NodeJS.ErrnoException).code ?? ''))
        socket.write('ready')
      })
    })
    await balance(group(['10.0.0.1']))
    await healthy(1)
    const socket = client()
    socket.write('hello')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.resetAndDestroy()
    expect(await atTarget.promise).toBe('ECONNRESET')
  })

  it('stops reading from a target whose client does not read', async () => {
    let written = 0
    await target('10.0.0.1', (socket) => {
      socket.once('data', () => {
        const fill = (): void => {
          while (written < 200 && socket.write(BLOCK)) written++
          if (written < 200) socket.once('drain', fill)
        }
        fill()
      })
    })
    await balance(group(['10.0.0.1']))
    await healthy(1)
    const socket = client()
    socket.pause()
    socket.write('go')
    let before = -1
    await until('the target to be held back', async () => {
      const isSteady = written > 0 && written === before
      before = written
      await new Promise((resolve) => setTimeout(resolve, 100))
      return isSteady && written === before
    })
    // Socket buffers of the kernel hold some megabytes; 200 would mean that the proxy took them.
    expect(written).toBeLessThan(100)
    socket.destroy()
  })

  it('serves 500 connections at once', async () => {
    await target('10.0.0.1', (socket) => void socket.pipe(socket))
    await target('10.0.0.2', (socket) => void socket.pipe(socket))
    await balance(group(['10.0.0.1', '10.0.0.2']))
    await healthy(2)
    const answers = await Promise.all(
      Array.from({ length: 500 }, async (_, index) => {
        const socket = client()
        socket.end(`message ${index}`)
        return (await readAll(socket)).toString()
      }),
    )
    expect(answers).toEqual(Array.from({ length: 500 }, (_, index) => `message ${index}`))
  })

  it('tells the target whose connection it is by PROXY protocol version 2', async () => {
    const heard = Promise.withResolvers<Buffer>()
    await target('10.0.0.1', (socket) => {
      void readAll(socket).then((bytes) => bytes.length > 0 && heard.resolve(bytes), ignoreCheck)
    })
    await balance(group(['10.0.0.1'], { proxyProtocolV2: true }))
    await healthy(1)
    const socket = client()
    socket.end('payload')
    const bytes = await heard.promise
    expect(bytes.subarray(0, 16).toString('hex')).toBe('0d0a0d0a000d0a515549540a2111000c')
    expect(bytes.readUInt32BE(16)).toBe(0x7f000001)
    expect(bytes.readUInt16BE(26)).toBe(80)
    expect(bytes.subarray(28).toString()).toBe('payload')
  })
})

describe('targets', () => {
  const echoName = (ip: string) => (socket: Socket) => void socket.end(ip)

  async function answers(count: number): Promise<Set<string>> {
    const all = await Promise.all(
      Array.from({ length: count }, async () => (await readAll(client())).toString()),
    )
    return new Set(all)
  }

  it('are spread over by flows', async () => {
    await target('10.0.0.1', echoName('10.0.0.1'))
    await target('10.0.0.2', echoName('10.0.0.2'))
    await balance(group(['10.0.0.1', '10.0.0.2']))
    await healthy(2)
    expect(await answers(60)).toEqual(new Set(['10.0.0.1', '10.0.0.2']))
  })

  it('are unused until a listener forwards to them', async () => {
    await target('10.0.0.1', echoName('10.0.0.1'))
    plane.applyTargetGroup(group(['10.0.0.1']))
    expect(plane.targetHealth(GROUP)).toEqual([
      {
        ip: '10.0.0.1',
        port: 80,
        state: 'unused',
        reason: 'Target.NotInUse',
        description: 'Target group is not configured to receive traffic from the load balancer',
      },
    ])
    await balance(group(['10.0.0.1']))
    expect(plane.targetHealth(GROUP)[0]).toMatchObject({
      state: 'initial',
      reason: 'Elb.RegistrationInProgress',
    })
    await healthy(1)
  })

  it('are unused in a zone that the load balancer is not in', async () => {
    await target('10.0.0.1', echoName('10.0.0.1'))
    await balance(group([], { targets: [{ ip: '10.0.0.1', port: 80, zone: 'c' }] }))
    expect(plane.targetHealth(GROUP)[0]).toMatchObject({ state: 'unused', reason: 'Target.NotInUse' })
  })

  it('are taken out when they die, and in again when they come back', async () => {
    const dying = await target('10.0.0.1', echoName('10.0.0.1'))
    await target('10.0.0.2', echoName('10.0.0.2'))
    const changes: string[] = []
    plane.onHealthChange((arn) => void changes.push(arn))
    await balance(group(['10.0.0.1', '10.0.0.2']))
    await healthy(2)
    await dying.close()
    await healthy(1)
    expect(plane.targetHealth(GROUP)[0]).toEqual({
      ip: '10.0.0.1',
      port: 80,
      state: 'unhealthy',
      reason: 'Target.FailedHealthChecks',
      description: 'Health checks failed',
    })
    expect(await answers(20)).toEqual(new Set(['10.0.0.2']))
    await target('10.0.0.1', echoName('10.0.0.1'))
    await healthy(2)
    expect(changes.length).toBeGreaterThanOrEqual(4)
  })

  it('lose no new connection between dying and being found out', async () => {
    const dying = await target('10.0.0.1', echoName('10.0.0.1'))
    await target('10.0.0.2', echoName('10.0.0.2'))
    const slow = { ...group([]).healthCheck, intervalSeconds: 60 }
    await balance(group(['10.0.0.1', '10.0.0.2'], { healthCheck: slow }))
    await healthy(2)
    await dying.close()
    expect(await answers(40)).toEqual(new Set(['10.0.0.2']))
  })

  it('that are not back yet after a restart keep clients waiting, not away', async () => {
    await balance(group(['10.0.0.1']))
    const answer = readAll(client())
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(plane.targetHealth(GROUP)[0]?.state).toBe('initial')
    await target('10.0.0.1', echoName('10.0.0.1'))
    expect((await answer).toString()).toBe('10.0.0.1')
    await healthy(1)
  })

  it('that refuse, all of them, are a reset at once', async () => {
    dialer.register('10.0.0.1', () => undefined)
    await balance(group(['10.0.0.1']))
    await expect(readAll(client())).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('get traffic all of them when none is healthy', async () => {
    const http = { ...group([]).healthCheck, protocol: 'HTTP' as const }
    await target('10.0.0.1', (socket) => void socket.end('not HTTP'))
    await balance(group(['10.0.0.1'], { healthCheck: http }))
    await until('an unhealthy target', () => plane.targetHealth(GROUP)[0]?.state === 'unhealthy')
    expect(await answers(5)).toEqual(new Set(['not HTTP']))
  })

  it('keep open connections while they drain, and get no new ones', async () => {
    await target('10.0.0.1', (socket) => void socket.pipe(socket))
    await target('10.0.0.2', echoName('10.0.0.2'))
    await balance(group(['10.0.0.1']))
    await healthy(1)
    const old = client()
    old.write('first,')
    await new Promise((resolve) => old.once('data', resolve))
    plane.applyTargetGroup(group(['10.0.0.2']))
    await healthy(1)
    expect(plane.targetHealth(GROUP)).toContainEqual({
      ip: '10.0.0.1',
      port: 80,
      state: 'draining',
      reason: 'Target.DeregistrationInProgress',
      description: 'Target deregistration is in progress',
    })
    expect(await answers(20)).toEqual(new Set(['10.0.0.2']))
    old.end('second')
    expect((await readAll(old)).toString()).toBe('second')
  })

  it('are forgotten when the delay is over', async () => {
    await target('10.0.0.1', echoName('10.0.0.1'))
    await balance(group(['10.0.0.1'], { deregistrationDelaySeconds: 0.05 }))
    await healthy(1)
    plane.applyTargetGroup(group([], { deregistrationDelaySeconds: 0.05 }))
    expect(plane.targetHealth(GROUP)).toHaveLength(1)
    await until('no target', () => plane.targetHealth(GROUP).length === 0)
  })
})

describe('load balancers of two VPCs with the same addresses', () => {
  const OTHERS = { group: 'arn:other-tg', balancer: 'arn:other-lb', vpc: 'vpc-2' }
  const name = (text: string) => (socket: Socket) => void socket.end(text)

  async function balanceOthers(): Promise<void> {
    plane.applyTargetGroup(group(['10.0.0.1'], { arn: OTHERS.group, vpcId: OTHERS.vpc }))
    await plane.applyLoadBalancer({
      arn: OTHERS.balancer,
      dnsName: `other-${NAME}`,
      zones: ['a', 'b'],
      crossZone: false,
      listeners: [{ arn: 'arn:other-listener', port: 80, protocol: 'TCP', targetGroupArn: OTHERS.group }],
    })
  }

  async function answerOf(arn: string): Promise<string> {
    const [, port] = plane.addresses(arn)[0]!.direct!.split(':')
    return (await readAll(connect({ host: '127.0.0.1', port: Number(port) }))).toString()
  }

  it('each reach the targets of their own', async () => {
    await target('10.0.0.1', name('ours'))
    targets.push(await startTarget(vpcs.dialer(OTHERS.vpc), '10.0.0.1', name('theirs')))
    await balance(group(['10.0.0.1']))
    await balanceOthers()
    await healthy(1)
    await until('their health', () => plane.targetHealth(OTHERS.group)[0]?.state === 'healthy')
    expect(await answerOf(BALANCER)).toBe('ours')
    expect(await answerOf(OTHERS.balancer)).toBe('theirs')
    plane.removeTargetGroup(OTHERS.group)
  })

  it('find no health in the other VPC', async () => {
    await target('10.0.0.1', name('ours'))
    vpcs.dialer(OTHERS.vpc).register('10.0.0.1', () => undefined)
    await balance(group(['10.0.0.1']))
    await balanceOthers()
    await healthy(1)
    await until('a failed check', () => plane.targetHealth(OTHERS.group)[0]?.state === 'unhealthy')
    expect(plane.targetHealth(GROUP)[0]?.state).toBe('healthy')
    plane.removeTargetGroup(OTHERS.group)
  })
})

it('refuses protocols that it does not carry', async () => {
  const listener = { arn: 'arn:listener', port: 53, protocol: 'UDP' as const, targetGroupArn: GROUP }
  const plan = { arn: BALANCER, dnsName: NAME, zones: ['a'], crossZone: false, listeners: [listener] }
  await expect(plane.applyLoadBalancer(plan)).rejects.toThrow(PlaneError)
})
