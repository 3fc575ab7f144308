// The data plane of plane.ts towards its targets and its clients; bytes are carried in plane.test.ts.
import type { Socket } from 'node:net'

import { beforeEach, describe, expect, it } from 'vitest'

import type { LoadBalancerPlan } from '../load-balancer.ts'
import { BALANCER, group, GROUP, NAME, PlaneStage, readAll } from '../testing/plane-stage.ts'
import { until } from '../testing/test-target.ts'

let stage: PlaneStage

beforeEach(async () => {
  stage = await PlaneStage.open()
})

describe('health checks of a group with PROXY protocol', () => {
  /** Answers like a server that wants the header first: with 200 when it is one of a health check. */
  const wantingHeader = (socket: Socket): void => {
    socket.once('data', (bytes: Buffer) => {
      const isLocal = bytes.subarray(0, 14).toString('hex') === '0d0a0d0a000d0a515549540a2011'
      const rest = bytes.subarray(16 + bytes.readUInt16BE(14)).toString()
      socket.end(
        `HTTP/1.1 ${isLocal && rest.startsWith('GET / ') ? 200 : 400} X\r\ncontent-length: 0\r\n\r\n`,
      )
    })
  }

  it('send the header without a client, then the request', async () => {
    await stage.target('10.0.0.1', wantingHeader)
    const healthCheck = { ...group([]).healthCheck, protocol: 'HTTP' as const, successCodes: '200' }
    await stage.balance(group(['10.0.0.1'], { healthCheck, proxyProtocol: 2 }))
    await stage.healthy(1)
  })

  it('send the header alone when only connecting is asked for', async () => {
    const heard = Promise.withResolvers<Buffer>()
    await stage.target('10.0.0.1', (socket) => {
      socket.once('data', (bytes: Buffer) => heard.resolve(bytes))
    })
    await stage.balance(group(['10.0.0.1'], { proxyProtocol: 2 }))
    expect((await heard.promise).toString('hex')).toMatch(/^0d0a0d0a000d0a515549540a20110054/)
  })
})

describe('targets', () => {
  const echoName = (ip: string) => (socket: Socket) => void socket.end(ip)

  async function answers(count: number): Promise<Set<string>> {
    const all = await Promise.all(
      Array.from({ length: count }, async () => (await readAll(stage.client())).toString()),
    )
    return new Set(all)
  }

  /** One open connection to each target, which answers with its name. */
  async function connectionsTo(ips: readonly string[]): Promise<Map<string, Socket>> {
    const open = new Map<string, Socket>()
    while (open.size < ips.length) {
      const socket = stage.client()
      socket.on('error', () => undefined)
      socket.write('who?')
      const ip = String(await new Promise((resolve) => socket.once('data', resolve))).replace(',', '')
      if (open.has(ip)) socket.destroy()
      else open.set(ip, socket)
    }
    return open
  }

  it('are spread over by flows', async () => {
    await stage.target('10.0.0.1', echoName('10.0.0.1'))
    await stage.target('10.0.0.2', echoName('10.0.0.2'))
    await stage.balance(group(['10.0.0.1', '10.0.0.2']))
    await stage.healthy(2)
    expect(await answers(60)).toEqual(new Set(['10.0.0.1', '10.0.0.2']))
  })

  it('are unused until a listener forwards to them', async () => {
    await stage.target('10.0.0.1', echoName('10.0.0.1'))
    stage.plane.applyTargetGroup(group(['10.0.0.1']))
    expect(stage.plane.targetHealth(GROUP)).toEqual([
      {
        ip: '10.0.0.1',
        port: 80,
        state: 'unused',
        reason: 'Target.NotInUse',
        description: 'Target group is not configured to receive traffic from the load balancer',
      },
    ])
    await stage.balance(group(['10.0.0.1']))
    expect(stage.plane.targetHealth(GROUP)[0]).toMatchObject({
      state: 'initial',
      reason: 'Elb.RegistrationInProgress',
    })
    await stage.healthy(1)
  })

  it('are unused in a zone that the load balancer is not in', async () => {
    await stage.target('10.0.0.1', echoName('10.0.0.1'))
    await stage.balance(group([], { targets: [{ ip: '10.0.0.1', port: 80, zone: 'c' }] }))
    expect(stage.plane.targetHealth(GROUP)[0]).toMatchObject({ state: 'unused', reason: 'Target.NotInUse' })
  })

  it('are taken out when they die, and in again when they come back', async () => {
    const dying = await stage.target('10.0.0.1', echoName('10.0.0.1'))
    await stage.target('10.0.0.2', echoName('10.0.0.2'))
    const changes: string[] = []
    stage.plane.onHealthChange((arn) => void changes.push(arn))
    await stage.balance(group(['10.0.0.1', '10.0.0.2']))
    await stage.healthy(2)
    await dying.close()
    await stage.healthy(1)
    expect(stage.plane.targetHealth(GROUP)[0]).toEqual({
      ip: '10.0.0.1',
      port: 80,
      state: 'unhealthy',
      reason: 'Target.FailedHealthChecks',
      description: 'Health checks failed',
    })
    expect(await answers(20)).toEqual(new Set(['10.0.0.2']))
    await stage.target('10.0.0.1', echoName('10.0.0.1'))
    await stage.healthy(2)
    expect(changes.length).toBeGreaterThanOrEqual(4)
  })

  it('that fail lose their connections, unless all of them fail', async () => {
    const http = { ...group([]).healthCheck, protocol: 'HTTP' as const, unhealthyThreshold: 1 }
    const answering = new Set(['10.0.0.1', '10.0.0.2'])
    // Echoes what is no health check, and fails checks when it is told to.
    const serve = (ip: string) => (socket: Socket) => {
      socket.on('data', (bytes: Buffer) => {
        if (!bytes.toString().startsWith('GET')) return void socket.write(`${ip},`)
        socket.end(`HTTP/1.1 ${answering.has(ip) ? 200 : 500} X\r\ncontent-length: 0\r\n\r\n`)
      })
    }
    for (const ip of answering) await stage.target(ip, serve(ip))
    await stage.balance(group(['10.0.0.1', '10.0.0.2'], { healthCheck: http }))
    await stage.healthy(2)
    const open = await connectionsTo(['10.0.0.1', '10.0.0.2'])
    answering.delete('10.0.0.1')
    await until('a reset', () => open.get('10.0.0.1')?.destroyed === true)
    await stage.healthy(1)
    answering.delete('10.0.0.2')
    // It is as sick as the other, and traffic goes to both again.
    await stage.healthy(0)
    const last = open.get('10.0.0.2')!
    last.write('still there?')
    expect(String(await new Promise((resolve) => last.once('data', resolve)))).toBe('10.0.0.2,')
    last.destroy()
  })

  it('of zone all get traffic and are checked', async () => {
    await stage.target('172.31.0.9', echoName('172.31.0.9'))
    await stage.balance(group([], { targets: [{ ip: '172.31.0.9', port: 80, zone: 'all' }] }))
    await stage.healthy(1)
    expect(await answers(3)).toEqual(new Set(['172.31.0.9']))
  })

  it('lose no new connection between dying and being found out', async () => {
    await stage.target('10.0.0.1', echoName('10.0.0.1'))
    await stage.target('10.0.0.2', echoName('10.0.0.2'))
    const slow = { ...group([]).healthCheck, intervalSeconds: 60 }
    await stage.balance(group(['10.0.0.1', '10.0.0.2'], { healthCheck: slow }))
    await stage.healthy(2)
    // Refuses from now on. A server that is closed may still be held by a process that is being forked.
    stage.dialer.register('10.0.0.1', () => undefined)
    expect(await answers(40)).toEqual(new Set(['10.0.0.2']))
  })

  it('that are not back yet after a restart keep clients waiting, not away', async () => {
    await stage.balance(group(['10.0.0.1']))
    const answer = readAll(stage.client())
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(stage.plane.targetHealth(GROUP)[0]?.state).toBe('initial')
    await stage.target('10.0.0.1', echoName('10.0.0.1'))
    expect((await answer).toString()).toBe('10.0.0.1')
    await stage.healthy(1)
  })

  it('that refuse, all of them, are a reset at once', async () => {
    stage.dialer.register('10.0.0.1', () => undefined)
    await stage.balance(group(['10.0.0.1']))
    await expect(readAll(stage.client())).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('get traffic all of them when none is healthy', async () => {
    const http = { ...group([]).healthCheck, protocol: 'HTTP' as const }
    await stage.target('10.0.0.1', (socket) => void socket.end('not HTTP'))
    await stage.balance(group(['10.0.0.1'], { healthCheck: http }))
    await until('an unhealthy target', () => stage.plane.targetHealth(GROUP)[0]?.state === 'unhealthy')
    expect(await answers(5)).toEqual(new Set(['not HTTP']))
  })

  it('keep open connections while they drain, and get no new ones', async () => {
    await stage.target('10.0.0.1', (socket) => void socket.pipe(socket))
    await stage.target('10.0.0.2', echoName('10.0.0.2'))
    await stage.balance(group(['10.0.0.1']))
    await stage.healthy(1)
    const old = stage.client()
    old.write('first,')
    await new Promise((resolve) => old.once('data', resolve))
    stage.plane.applyTargetGroup(group(['10.0.0.2']))
    await stage.healthy(1)
    expect(stage.plane.targetHealth(GROUP)).toContainEqual({
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
    await stage.target('10.0.0.1', echoName('10.0.0.1'))
    await stage.balance(group(['10.0.0.1'], { deregistrationDelaySeconds: 0.05 }))
    await stage.healthy(1)
    stage.plane.applyTargetGroup(group([], { deregistrationDelaySeconds: 0.05 }))
    expect(stage.plane.targetHealth(GROUP)).toHaveLength(1)
    await until('no target', () => stage.plane.targetHealth(GROUP).length === 0)
  })
})

describe('clients that the security groups keep out', () => {
  it('are asked about by address and port of the listener, and get nothing', async () => {
    const knocks: unknown[] = []
    const admits: LoadBalancerPlan['admits'] = ({ sourceIp, port }) => knocks.push({ sourceIp, port }) === 0
    let connections = 0
    await stage.target('10.0.0.1', () => void connections++)
    await stage.balance(
      group(['10.0.0.1'], { healthCheck: { ...group([]).healthCheck, intervalSeconds: 60 } }),
      { admits },
    )
    await stage.healthy(1)
    const checks = connections
    const socket = stage.client()
    let received = 0
    socket.on('data', (chunk: Buffer) => (received += chunk.length))
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await until('the question', () => knocks.length === 1)
    expect(knocks).toEqual([{ sourceIp: '127.0.0.1', port: 80 }])
    expect([received, socket.readableEnded, socket.destroyed, connections - checks]).toEqual([
      0,
      false,
      false,
      0,
    ])
    socket.destroy()
  })

  it('are let in as soon as the rules say so; open connections go on when they no longer do', async () => {
    let isOpen = true
    const admits = (): boolean => isOpen
    await stage.target('10.0.0.1', (socket) => void socket.pipe(socket))
    await stage.balance(group(['10.0.0.1']), { admits })
    await stage.healthy(1)
    const socket = stage.client()
    socket.write('one')
    await new Promise((resolve) => socket.once('data', resolve))
    isOpen = false
    socket.end('two')
    expect((await readAll(socket)).toString()).toBe('two')
  })
})

describe('load balancers of two VPCs with the same addresses', () => {
  const OTHERS = { group: 'arn:other-tg', balancer: 'arn:other-lb', vpc: 'vpc-2' }
  const name = (text: string) => (socket: Socket) => void socket.end(text)

  async function balanceOthers(): Promise<void> {
    const listener = {
      arn: 'arn:other-listener',
      port: 80,
      protocol: 'TCP' as const,
      groups: [{ arn: OTHERS.group, weight: 1 }],
    }
    await stage.balance(group(['10.0.0.1'], { arn: OTHERS.group, vpcId: OTHERS.vpc }), {
      arn: OTHERS.balancer,
      dnsName: `other-${NAME}`,
      listeners: [listener],
    })
  }

  const answerOf = async (arn: string): Promise<string> => (await readAll(stage.client(arn))).toString()

  it('each reach the targets of their own', async () => {
    await stage.target('10.0.0.1', name('ours'))
    await stage.target('10.0.0.1', name('theirs'), OTHERS.vpc)
    await stage.balance(group(['10.0.0.1']))
    await balanceOthers()
    await stage.healthy(1)
    await until('their health', () => stage.plane.targetHealth(OTHERS.group)[0]?.state === 'healthy')
    expect(await answerOf(BALANCER)).toBe('ours')
    expect(await answerOf(OTHERS.balancer)).toBe('theirs')
    stage.plane.removeTargetGroup(OTHERS.group)
  })

  it('find no health in the other VPC', async () => {
    await stage.target('10.0.0.1', name('ours'))
    stage.vpcs.dialer(OTHERS.vpc).register('10.0.0.1', () => undefined)
    await stage.balance(group(['10.0.0.1']))
    await balanceOthers()
    await stage.healthy(1)
    await until('a failed check', () => stage.plane.targetHealth(OTHERS.group)[0]?.state === 'unhealthy')
    expect(stage.plane.targetHealth(GROUP)[0]?.state).toBe('healthy')
    stage.plane.removeTargetGroup(OTHERS.group)
  })
})
