// A Classic Load Balancer in the data plane: listeners that read requests beside others that carry connections.
import { X509Certificate } from 'node:crypto'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

import { beforeEach, describe, expect, it, onTestFinished, test } from 'vitest'

import { createAuthority, issueServerCertificate } from '../../base/certificate-authority.ts'
import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { TargetPool } from '../alb/target-pool.ts'
import type { TargetGroup } from './target-group.ts'
import { AlbStage, forwardTo, NAME, REQUESTS, SETTINGS } from '../alb/testing/alb-stage.ts'
import type { ApplicationPlan, ClassicStickiness } from '../alb/plan.ts'
import { group, GROUP, PlaneStage, readAll } from '../testing/plane-stage.ts'

const sources = { clock: systemClock, ids: randomIds }
const CLASSIC = 'arn:classic'

function requestsPlan(change: Partial<ApplicationPlan> = {}): ApplicationPlan {
  return {
    arn: CLASSIC,
    dnsName: NAME,
    vpcId: 'vpc-1',
    zones: ['a', 'b'],
    admits: () => true,
    settings: SETTINGS,
    listeners: [],
    ...change,
  }
}

describe('with both kinds of listeners', () => {
  let stage: AlbStage

  beforeEach(async () => {
    stage = await AlbStage.open()
  })

  const apply = async (ports: {
    readonly requests: readonly number[]
    readonly connections: readonly number[]
  }) => {
    const { ip } = await stage.target((request, response) => void response.end(`${request.url}`))
    stage.group('arn:read', [ip])
    stage.plane.applyTargetGroup(group([ip], { arn: 'arn:carried' }))
    onTestFinished(() => stage.plane.removeTargetGroup('arn:carried'))
    const rule = forwardTo('arn:read')
    await stage.plane.applyClassic(
      {
        arn: CLASSIC,
        dnsName: NAME,
        zones: ['a', 'b'],
        crossZone: true,
        admits: () => true,
        listeners: ports.connections.map((port) => ({
          arn: `${CLASSIC}/${port}`,
          port,
          protocol: 'TCP',
          groups: [{ arn: 'arn:carried', weight: 1 }],
        })),
      },
      requestsPlan({
        listeners: ports.requests.map((port) => ({
          arn: `${CLASSIC}/${port}`,
          port,
          protocol: 'HTTP',
          rules: [rule],
          certificates: [],
          insertedHeaders: {},
          hasServerHeader: true,
        })),
      }),
    )
    onTestFinished(() => stage.plane.removeLoadBalancer(CLASSIC))
  }

  const ask = async (port: number): Promise<string> => {
    const address = stage.plane
      .addresses(CLASSIC)
      .find(({ listenerArn }) => listenerArn === `${CLASSIC}/${port}`)
    const [host = '', direct] = address?.direct?.split(':') ?? []
    const socket = connect({ host, port: Number(direct), allowHalfOpen: true })
    socket.write(`GET /way HTTP/1.1\r\nhost: ${NAME}\r\nconnection: close\r\n\r\n`)
    return (await readAll(socket)).toString()
  }

  it('each does its own, and one that has changed its kind goes on', async () => {
    await apply({ requests: [8080], connections: [8443] })
    await stage.healthy('arn:read', 1)
    await stage.healthy('arn:carried', 1)
    expect(await ask(8080)).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n\/way$/)
    expect(await ask(8443)).toMatch(/\/way/)
    await apply({ requests: [8443], connections: [8080] })
    await stage.healthy('arn:read', 1)
    await stage.healthy('arn:carried', 1)
    expect(await ask(8443)).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n\/way$/)
    expect(await ask(8080)).toMatch(/\/way/)
  })

  it('goes with all its listeners', async () => {
    await apply({ requests: [8080], connections: [8443] })
    await stage.plane.removeLoadBalancer(CLASSIC)
    expect(stage.plane.addresses(CLASSIC)).toEqual([])
    expect(stage.plane.targetHealth('arn:read').map(({ state }) => state)).toEqual(['unused'])
  })
})

describe('targets', () => {
  let stage: PlaneStage

  beforeEach(async () => {
    stage = await PlaneStage.open()
  })

  it('are told whose connection it is by PROXY protocol version 1, and checks are not', async () => {
    const heard: string[] = []
    await stage.target('10.0.0.1', (socket) => {
      readAll(socket).then(
        (bytes) => {
          heard.push(bytes.toString())
          socket.end('read')
        },
        () => undefined,
      )
    })
    await stage.balance(group(['10.0.0.1'], { proxyProtocol: 1 }))
    await stage.healthy(1)
    const socket = stage.client()
    socket.end('payload')
    await readAll(socket)
    const told = heard.filter((text) => text !== '')
    expect(told).toEqual([expect.stringMatching(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ 80\r\npayload$/)])
  })

  /** A target that speaks TLS. @returns the public key of its certificate */
  async function secureTarget(ip: string): Promise<string> {
    const authority = await createAuthority('test', sources)
    const { cert, key } = await issueServerCertificate(authority, ['target.internal'], sources)
    const server = createTlsServer({ cert, key }, (socket) => {
      socket.on('error', () => undefined)
      socket.end('secret')
    })
    server.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    stage.dialer.register(ip, () => ({ host: '127.0.0.1', port }))
    const { publicKey } = new X509Certificate(cert)
    return publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  }

  async function answerOf(socket: Socket): Promise<string> {
    try {
      return (await readAll(socket)).toString()
    } catch {
      return 'reset'
    }
  }

  it('are spoken to where they have a key that is trusted', async () => {
    const key = await secureTarget('10.0.0.1')
    const flows = { isTls: true }
    await stage.balance(group(['10.0.0.1'], { flows, trustedKeys: ['another', key] }))
    await stage.healthy(1)
    expect(await answerOf(stage.client())).toBe('secret')
    await stage.balance(group(['10.0.0.1'], { flows, trustedKeys: ['another'] }))
    expect(await answerOf(stage.client())).not.toBe('secret')
  })

  it.each([
    ['10.0.0.1', 'healthy'],
    ['10.0.0.2', 'unhealthy'],
  ])('%s is %s by a handshake', async (ip, state) => {
    await secureTarget('10.0.0.1')
    await stage.target('10.0.0.2', (socket) => void socket.end('no TLS'))
    const healthCheck = { ...group([]).healthCheck, protocol: 'SSL' as const }
    await stage.balance(group([ip], { healthCheck }))
    await expect.poll(() => stage.plane.targetHealth(GROUP).map((each) => each.state)).toEqual([state])
  })
})

test('targets that get requests are healthy by a connection alone where checks ask for no more', async () => {
  const stage = await AlbStage.open()
  const { ip } = await stage.target((_request, response) => void response.destroy())
  const { healthCheck } = group([])
  stage.group('arn:tg', [ip], { healthCheck })
  await stage.balance([forwardTo('arn:tg')])
  await stage.healthy('arn:tg', 1)
})

test('a node sends requests to the instances of its own zone alone, unless it is told otherwise', () => {
  const clock = new FakeClock()
  const targets = ['a', 'b'].map((zone, at) => ({
    zone,
    isHealthy: true,
    target: { address: { ip: `10.0.0.${at}`, port: 80 } },
  }))
  // What a pool asks of its group.
  const found = { plan: { requests: REQUESTS }, candidates: () => targets, health: () => [] }
  const pool = new TargetPool(found as unknown as TargetGroup, clock)
  const chosen = (zone?: string) =>
    new Set([1, 2, 3, 4].map(() => pool.choose(REQUESTS, Math.random, zone)?.key))
  expect(chosen('b')).toEqual(new Set(['10.0.0.1:80']))
  expect(chosen('c')).toEqual(new Set([undefined]))
  expect(chosen()).toEqual(new Set(['10.0.0.0:80', '10.0.0.1:80']))
})

describe('clients that stay with their instance', () => {
  async function open(classicStickiness: ClassicStickiness, cookies: readonly string[] = []) {
    const stage = await AlbStage.open()
    const targets = []
    for (const name of ['one', 'two']) {
      targets.push(
        await stage.target((_request, response) => {
          if (cookies.length > 0) response.setHeader('set-cookie', cookies)
          response.end(name)
        }),
      )
    }
    stage.group(
      'arn:tg',
      targets.map(({ ip }) => ip),
      { requests: { ...REQUESTS, failsClosed: true } },
    )
    const groups = [{ arn: 'arn:tg', weight: 1 }]
    const action = { kind: 'forward' as const, groups, classicStickiness }
    await stage.balance([{ conditions: [], transforms: [], action }])
    await stage.healthy('arn:tg', 2)
    const again = async (cookie: string): Promise<Set<string>> => {
      const bodies = new Set<string>()
      for (let count = 0; count < 6; count++) bodies.add((await stage.ask('/', { headers: { cookie } })).body)
      return bodies
    }
    return { stage, targets, again }
  }

  it('get a cookie once, with the life that the policy says', async () => {
    const { stage, again } = await open({ kind: 'load-balancer', seconds: 900 })
    const { headers, body } = await stage.ask('/')
    const [own = '', cors = ''] = headers['set-cookie'] ?? []
    expect(own).toMatch(/^AWSELB=[0-9A-F]{138};PATH=\/;MAX-AGE=900$/)
    expect(cors).toMatch(/^AWSELBCORS=[0-9A-F]{138};PATH=\/;MAX-AGE=900;SECURE;SAMESITE=None$/)
    const [cookie = ''] = own.split(';')
    expect(await again(cookie)).toEqual(new Set([body]))
    expect((await stage.ask('/', { headers: { cookie } })).headers).not.toHaveProperty('set-cookie')
    expect(await again('AWSELB=00')).toEqual(new Set(['one', 'two']))
  })

  it('keep it until the browser ends where the policy says nothing', async () => {
    const { stage } = await open({ kind: 'load-balancer' })
    expect((await stage.ask('/')).headers['set-cookie']?.[0]).toMatch(/^AWSELB=[0-9A-F]{138};PATH=\/$/)
  })

  it('go to another when theirs is gone, and get its cookie', async () => {
    const { stage, targets, again } = await open({ kind: 'load-balancer' })
    const { headers, body } = await stage.ask('/')
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    await targets[body === 'one' ? 0 : 1]?.stop()
    await stage.healthy('arn:tg', 1)
    expect(await again(cookie)).toEqual(new Set([body === 'one' ? 'two' : 'one']))
  })

  it('stay as long as the cookie of the application, which hands on its attributes', async () => {
    const { stage, again } = await open({ kind: 'application', cookie: 'id' }, [
      'other=1',
      'id=7; Path=/shop; HttpOnly; Priority=High; Max-Age=60',
    ])
    const { headers, body } = await stage.ask('/')
    const own = headers['set-cookie']?.at(-1) ?? ''
    expect(own).toMatch(/^AWSELB=[0-9A-F]{138};Path=\/shop;HttpOnly;Max-Age=60$/)
    const [cookie = ''] = own.split(';')
    expect(await again(`id=7; ${cookie}`)).toEqual(new Set([body]))
    // The application's own is gone: so is the session.
    expect(await again(cookie)).toEqual(new Set(['one', 'two']))
  })

  it('get none where the application sets none, or one with a semicolon behind it', async () => {
    const { stage } = await open({ kind: 'application', cookie: 'id' }, ['id=7;'])
    expect((await stage.ask('/')).headers['set-cookie']).toEqual(['id=7;'])
  })
})
