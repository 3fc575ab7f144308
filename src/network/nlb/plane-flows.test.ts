// What becomes of connections in plane.ts by the settings of listeners and groups: TLS, idle time, stickiness, ends.
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { AddressInfo, Socket } from 'node:net'

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { createAuthority, issueServerCertificate } from '../../base/certificate-authority.ts'
import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import type { FlowSettings, ListenerPlan, LoadBalancerPlan } from '../load-balancer.ts'
import { group, GROUP, ignoreCheck, PlaneStage, readAll, VPC } from '../testing/plane-stage.ts'
import type { FlowEntry } from './flow-note.ts'
import { until } from '../testing/test-target.ts'

const sources = { clock: systemClock, ids: randomIds }
const POLICY = { protocols: ['TLSv1.2', 'TLSv1.3'], ciphers: ['TLS_AES_128_GCM_SHA256'] } as const
let stage: PlaneStage

beforeEach(async () => {
  stage = await PlaneStage.open()
})

async function open(
  ips: readonly string[],
  flows: Partial<FlowSettings> = {},
  listener: Partial<ListenerPlan> = {},
  change: Partial<LoadBalancerPlan> = {},
): Promise<void> {
  const plan: ListenerPlan = {
    arn: 'arn:listener',
    port: 80,
    protocol: 'TCP',
    groups: [{ arn: GROUP, weight: 1 }],
    ...listener,
  }
  await stage.balance(group(ips, { flows, deregistrationDelaySeconds: 0.02 }), {
    listeners: [plan],
    ...change,
  })
}

const closed = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let code = 'end'
    socket.on('error', (error: Error & { code?: string }) => (code = error.code ?? ''))
    socket.once('close', () => resolve(code)).resume()
  })

describe('a TLS listener', () => {
  async function certificates(name: string) {
    const authority = await createAuthority('test', sources)
    const { cert, key } = await issueServerCertificate(authority, [name], sources)
    return { ca: authority.cert, one: { certificateChainPem: cert, privateKeyPem: key, names: [name] } }
  }

  async function client(ca: string): Promise<TLSSocket> {
    const socket = connectTls({ socket: stage.client(), ca, servername: 'web.example.com' })
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
    })
    return socket
  }

  it('tells its log of each connection once that is over', async () => {
    const log: FlowEntry[] = []
    const { ca, one } = await certificates('web.example.com')
    await stage.target('10.0.0.1', (socket) => void socket.pipe(socket))
    const tls = { certificates: [one], policy: POLICY, alpn: [] }
    await open(['10.0.0.1'], {}, { protocol: 'TLS', tls }, { log: (entry) => void log.push(entry) })
    await stage.healthy(1)
    const socket = await client(ca)
    socket.end('hello')
    await closed(socket)
    await until('an entry', () => log.length > 0)
    expect(log).toEqual([
      expect.objectContaining({
        listenerArn: 'arn:listener',
        clientIp: '127.0.0.1',
        destinationPort: 80,
        receivedBytes: 5,
        sentBytes: 5,
        cipher: 'TLS_AES_128_GCM_SHA256',
        version: 'TLSv1.3',
        serverName: 'web.example.com',
      }),
    ])
    const plain = stage.client()
    plain.end('no TLS')
    await closed(plain)
    await until('another', () => log.length > 1)
    expect(log[1]).not.toHaveProperty('cipher')
  })

  it('ends TLS, and targets get what was inside', async () => {
    await stage.target(
      '10.0.0.1',
      (socket) => void readAll(socket).then((bytes) => socket.end(`got ${bytes.length}`), ignoreCheck),
    )
    const { ca, one } = await certificates('web.example.com')
    await open(['10.0.0.1'], {}, { protocol: 'TLS', tls: { certificates: [one], policy: POLICY, alpn: [] } })
    await stage.healthy(1)
    const socket = await client(ca)
    socket.end(Buffer.alloc(300_000))
    expect((await readAll(socket)).toString()).toBe('got 300000')
  })

  it('speaks TLS with targets that have it, whoever signed for them', async () => {
    const { one: own } = await certificates('target.internal')
    const server = createTlsServer({ cert: own.certificateChainPem, key: own.privateKeyPem }, (socket) => {
      socket.on('error', () => undefined).pipe(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    stage.vpcs.dialer(VPC).register('10.0.0.1', () => ({ host: '127.0.0.1', port }))
    const { ca, one } = await certificates('web.example.com')
    const tls = { certificates: [one], policy: POLICY, alpn: [] }
    await open(['10.0.0.1'], { isTls: true }, { protocol: 'TLS', tls, backend: POLICY })
    await stage.healthy(1)
    const socket = await client(ca)
    socket.end('hello')
    expect((await readAll(socket)).toString()).toBe('hello')
  })
})

describe('connections', () => {
  it('are reset when nothing is sent for the idle time, and not before', async () => {
    await stage.target('10.0.0.1', (socket) => void socket.pipe(socket))
    await open(['10.0.0.1'], {}, { idleTimeoutSeconds: 0.2 })
    await stage.healthy(1)
    const socket = stage.client()
    const end = closed(socket)
    const since = performance.now()
    for (let beat = 0; beat < 5; beat++) {
      socket.write('.')
      await new Promise((resolve) => socket.once('data', () => setTimeout(resolve, 60)))
    }
    // Longer than the idle time by now, and never idle for it.
    expect(performance.now() - since).toBeGreaterThan(250)
    expect(socket.destroyed).toBe(false)
    expect(await end).toBe('ECONNRESET')
  })

  it('of one address go to one target with stickiness', async () => {
    const ips = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
    for (const ip of ips) await stage.target(ip, (socket) => void socket.end(ip))
    await open(ips, { isSticky: true })
    await stage.healthy(3)
    const answers = await Promise.all(
      Array.from({ length: 30 }, async () => (await readAll(stage.client())).toString()),
    )
    expect(new Set(answers).size).toBe(1)
  })

  it.each([
    [true, 'ECONNRESET'],
    [false, undefined],
  ])('to a deregistered target end after the delay: %s', async (endsDeregistered, code) => {
    const { sockets } = await stage.target('10.0.0.1', (socket) => void socket.pipe(socket))
    await open(['10.0.0.1'], { endsDeregistered })
    await stage.healthy(1)
    const socket = stage.client()
    const end = closed(socket)
    socket.write('.')
    await new Promise((resolve) => socket.once('data', resolve))
    await open([], { endsDeregistered })
    await until('the target is forgotten', () => stage.plane.targetHealth(GROUP).length === 0)
    if (code === undefined) {
      socket.end()
      expect(await end).toBe('end')
    } else expect(await end).toBe(code)
    await until('no connection is left', () => sockets.size === 0)
  })
})

describe('weighted groups', () => {
  async function weighted(weights: readonly [number, number], isGroupSticky = false): Promise<string[]> {
    for (const [index, name] of ['one', 'two'].entries()) {
      const ip = `10.0.1.${index}`
      await stage.target(ip, (socket) => void socket.on('error', ignoreCheck).end(name))
      stage.plane.applyTargetGroup(group([ip], { arn: `arn:${name}` }))
      onTestFinished(() => stage.plane.removeTargetGroup(`arn:${name}`))
    }
    const groups = [
      { arn: 'arn:one', weight: weights[0] },
      { arn: 'arn:two', weight: weights[1] },
    ]
    await open([], {}, { groups, isGroupSticky })
    for (const { arn, weight } of groups) if (weight > 0) await stage.healthy(1, arn)
    return await Promise.all(
      Array.from({ length: 60 }, async () => String(await readAll(stage.client().resume()))),
    )
  }

  const count = (answers: readonly string[], name: string): number =>
    answers.filter((answer) => answer === name).length

  it('get flows by their weights, and nothing of weight 0', async () => {
    expect(count(await weighted([0, 1]), 'two')).toBe(60)
  })

  it('share flows', async () => {
    const answers = await weighted([2, 1])
    expect(count(answers, 'one') + count(answers, 'two')).toBe(60)
    expect(count(answers, 'one')).toBeGreaterThan(count(answers, 'two'))
    expect(count(answers, 'two')).toBeGreaterThan(5)
  })

  it('keep the clients of an address where that is asked for', async () => {
    expect(new Set(await weighted([1, 1], true)).size).toBe(1)
  })
})
