import type { Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { silentLog } from '../../base/log.ts'
import { rememberingAddresses } from '../testing/address-memory.ts'
import { connectTo, until } from '../testing/test-target.ts'
import { createEdge, EdgeError, type Edge } from './edge.ts'
import type { EdgeBalancer, Entry } from './front.ts'

let clock: FakeClock
let remembered: Map<string, number>
let known: Map<string, string>
let edge: Edge

function create(sharedPort = 0, isTryingOwnPorts = false): Edge {
  const ports = {
    get: (arn: string) => remembered.get(arn),
    set: (arn: string, port: number) => void remembered.set(arn, port),
  }
  const addresses = rememberingAddresses(known)
  return createEdge({ clock, log: silentLog, ports, addresses, sharedPort, isTryingOwnPorts })
}

beforeEach(async () => {
  clock = new FakeClock()
  remembered = new Map()
  known = new Map()
  edge = create()
  await edge.start()
})

afterEach(() => edge.close())

/** A balancer whose listeners answer with their own name and everything they were sent. */
function balancer(name: string, ports: readonly number[]): EdgeBalancer {
  return {
    arn: `arn:${name}`,
    dnsName: `${name}.elb.localhost`,
    zones: ['a', 'b'],
    listeners: ports.map((port) => ({
      arn: `arn:${name}:${port}`,
      port,
      accept: (socket: Socket, { zone }: Entry) => {
        const by = zone === undefined ? '' : ` in ${zone}`
        void readAll(socket).then((text) => socket.end(`${name}:${port}${by} got ${text}`))
      },
    })),
  }
}

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function ask(text: string, port = edge.sharedPort, host = '127.0.0.1'): Promise<string> {
  const socket = await connectTo({ host, port })
  socket.end(text)
  return await readAll(socket)
}

const request = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`

describe('the shared port', () => {
  it('finds the load balancer by the Host header and passes every byte on', async () => {
    await edge.apply(balancer('one', [80]))
    await edge.apply(balancer('two', [80]))
    expect(await ask(request('two.elb.localhost:4580'))).toBe(
      `two:80 got ${request('two.elb.localhost:4580')}`,
    )
    expect(await ask(request('ONE.elb.localhost'))).toBe(`one:80 got ${request('ONE.elb.localhost')}`)
  })

  it('prefers the listener whose port the Host header names', async () => {
    await edge.apply(balancer('one', [80, 8080]))
    expect(await ask(request('one.elb.localhost:8080'))).toMatch(/^one:8080 /)
    expect(await ask(request('one.elb.localhost:4580'))).toMatch(/^one:80 /)
  })

  it('waits for a request that comes in pieces', async () => {
    await edge.apply(balancer('one', [80]))
    const socket = await connectTo({ host: '127.0.0.1', port: edge.sharedPort })
    socket.setNoDelay(true)
    const whole = request('one.elb.localhost')
    for (const character of whole) {
      socket.write(character)
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.end()
    expect(await readAll(socket)).toBe(`one:80 got ${whole}`)
  })

  it('tells a client of an unknown host which ones there are', async () => {
    await edge.apply(balancer('one', [80]))
    const answer = await ask(request('nobody.localhost'))
    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
    expect(answer).toContain('No load balancer is named nobody.localhost.')
    expect(answer).toContain('one.elb.localhost')
  })

  it('resets connections that name nobody', async () => {
    await expect(ask('PING\r\n\r\n')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('lets go of a client that says nothing', async () => {
    const socket = await connectTo({ host: '127.0.0.1', port: edge.sharedPort })
    socket.resume()
    // The server has it once its own timer is set.
    await until('the end', async () => {
      await clock.advance(10_000)
      return socket.readableEnded || socket.destroyed
    })
  })

  it('forgets a load balancer that is removed', async () => {
    await edge.apply(balancer('one', [80]))
    await edge.remove('arn:one')
    expect(await ask(request('one.elb.localhost'))).toContain('There are no load balancers.')
    expect(edge.addresses('arn:one')).toEqual([])
  })

  it('is refused clearly when another program has it', async () => {
    const second = create(edge.sharedPort)
    await expect(second.start()).rejects.toThrow(EdgeError)
    await expect(second.start()).rejects.toMatchObject({ code: 'PortInUse' })
  })
})

describe('a dedicated port', () => {
  it('serves one listener, whatever it is sent, and says so', async () => {
    await edge.apply(balancer('one', [80, 6379]))
    const [, redis] = edge.addresses('arn:one')
    const port = Number(redis?.direct?.split(':')[1])
    expect(await ask('PING\r\n', port)).toBe('one:6379 got PING\r\n')
    expect(redis?.url).toBe(`http://one.elb.localhost:${port}`)
  })

  it.each([
    [8443, 'https'],
    [443, 'http'],
  ] as const)('of %i has the URL of what its listener speaks: %s', async (port, scheme) => {
    const { listeners, ...rest } = balancer('one', [port])
    await edge.apply({ ...rest, listeners: listeners.map((listener) => ({ ...listener, scheme })) })
    const [address] = edge.addresses('arn:one')
    expect(address?.url).toBe(`${scheme}://one.elb.localhost:${edge.sharedPort}`)
  })

  it('is the same after a restart', async () => {
    await edge.apply(balancer('one', [80]))
    const before = edge.addresses('arn:one')[0]?.direct
    await edge.close()
    edge = create()
    await edge.start()
    await edge.apply(balancer('one', [80]))
    expect(edge.addresses('arn:one')[0]?.direct).toBe(before)
  })

  it('goes with its listener', async () => {
    await edge.apply(balancer('one', [80, 81]))
    const port = Number(edge.addresses('arn:one')[1]?.direct?.split(':')[1])
    await edge.apply(balancer('one', [80]))
    await refused('127.0.0.1', port)
  })
})

describe("a listener's own port", () => {
  let second: Edge
  let port: number

  beforeEach(async () => {
    port = await freePort()
    second = create(0, true)
    await second.start()
  })
  afterEach(() => second.close())

  it('is used when it can be had, and the shared one otherwise', async () => {
    const taken = edge.sharedPort
    await second.apply(balancer('one', [port]))
    await second.apply(balancer('two', [taken]))
    expect(second.addresses('arn:one')[0]?.url).toBe(`http://one.elb.localhost:${port}`)
    expect(second.addresses('arn:two')[0]?.url).toBe(`http://two.elb.localhost:${second.sharedPort}`)
    expect(await ask(request('one.elb.localhost'), port)).toMatch(/^one:/)
  })

  it.each([
    ['Redis', 'PING\r\n'],
    ['HTTP for another host', request('shop.example.com')],
    ['HTTP/1.0 without a host', 'GET / HTTP/1.0\r\n\r\n'],
    ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['the SSLRequest of Postgres', '\0\0\0\u0008\u0004\u0016/'],
  ])('carries %s to the only load balancer there, unread', async (_, text) => {
    await second.apply(balancer('one', [port]))
    expect(await ask(text, port)).toBe(`one:${port} got ${text}`)
  })

  it('carries what a server says first', async () => {
    const { listeners, ...one } = balancer('one', [port])
    const greet = (socket: Socket): void => void socket.end('220 mail ESMTP\r\n')
    await second.apply({ ...one, listeners: listeners.map((listener) => ({ ...listener, accept: greet })) })
    const socket = await connectTo({ host: '127.0.0.1', port })
    expect(await readAll(socket)).toBe('220 mail ESMTP\r\n')
    socket.end()
  })

  it('tells several apart by their names and refuses the rest', async () => {
    await second.apply(balancer('one', [port]))
    await second.apply(balancer('two', [port]))
    await second.apply(balancer('elsewhere', [await freePort()]))
    expect(await ask(request('two.elb.localhost'), port)).toMatch(/^two:/)
    const refusal = await ask(request('shop.example.com'), port)
    expect(refusal).toContain('No load balancer is named shop.example.com.')
    expect(refusal).toContain('one.elb.localhost\ntwo.elb.localhost\n')
    await expect(ask('PING\r\n', port)).rejects.toMatchObject({ code: 'ECONNRESET' })
    await second.remove('arn:one')
    expect(await ask('PING\r\n', port)).toMatch(/^two:/)
  })
})

// Elsewhere addresses of 127/8 have to be added first.
describe.runIf(process.platform === 'linux')('an own address', () => {
  let second: Edge
  let port: number

  beforeEach(async () => {
    port = await freePort()
    second = create(0, true)
    await second.start()
  })
  afterEach(() => second.close())

  const hosts = (arn: string, of = second): string[] =>
    (of.addresses(arn)[0]?.own ?? []).filter(({ isOpen }) => isOpen).map(({ address }) => address)

  it('answers for each zone, and nothing is read before', async () => {
    await second.apply(balancer('one', [port]))
    await second.apply(balancer('two', [port]))
    const [a = '', b = ''] = hosts('arn:one')
    expect(await ask('PING', port, a)).toBe(`one:${port} in a got PING`)
    expect(await ask('PING', port, b)).toBe(`one:${port} in b got PING`)
    expect(await ask(request('one.elb.localhost'), port, hosts('arn:two')[0])).toMatch(/^two:/)
    expect(second.addresses('arn:one')[0]?.direct).toBeUndefined()
  })

  it('is what its name resolves to, of the zones that are open, or of the zone that is named', async () => {
    let open = ['a', 'b']
    await second.apply({ ...balancer('one', [port]), openZones: () => open })
    const [a, b] = hosts('arn:one')
    expect(second.resolve('one.elb.localhost')).toEqual([a, b])
    open = ['b']
    expect(second.resolve('one.elb.localhost')).toEqual([b])
    expect(second.addresses('arn:one')[0]?.own.map(({ isNamed }) => isNamed)).toEqual([false, true])
    expect(second.resolve('a.one.elb.localhost')).toEqual([a])
    expect(second.resolve('c.one.elb.localhost')).toBeUndefined()
    expect(second.resolve('two.elb.localhost')).toBeUndefined()
    // Nothing listens at addresses of its own there: its name leads to where a name tells it apart.
    await edge.apply(balancer('one', [port]))
    expect(edge.resolve('one.elb.localhost')).toEqual(['127.0.0.1'])
  })

  it('is the same after a restart, and goes with its zone', async () => {
    await second.apply(balancer('one', [port]))
    const [a, b] = hosts('arn:one')
    await second.close()
    second = create(0, true)
    await second.start()
    await second.apply({ ...balancer('one', [port]), zones: ['b', 'c'] })
    expect(hosts('arn:one')[0]).toBe(b)
    await refused(a!, port)
    await second.remove('arn:one')
    expect(known.size).toBe(0)
  })

  it('moves with the port of its listener', async () => {
    const other = await freePort()
    await second.apply(balancer('one', [port]))
    const moved = balancer('one', [other])
    const [listener] = balancer('one', [port]).listeners
    await second.apply({ ...moved, listeners: [{ ...listener!, port: other }] })
    expect(await ask('PING', other, hosts('arn:one')[0])).toContain('got PING')
    await refused(hosts('arn:one')[0]!, port)
  })

  it('that another program has is named, and a port of 127.0.0.1 serves instead', async () => {
    await second.apply(balancer('one', [port]))
    const third = create(0, true)
    await third.start()
    onTestFinished(() => third.close())
    await third.apply(balancer('one', [port]))
    const [address] = third.addresses('arn:one')
    expect(address?.own.map(({ isOpen, fault }) => [isOpen, fault])).toEqual([
      [false, 'EADDRINUSE'],
      [false, 'EADDRINUSE'],
    ])
    expect(await ask('PING', Number(address?.direct?.split(':')[1]))).toContain('got PING')
  })
})

async function freePort(): Promise<number> {
  const probe = create()
  await probe.start()
  const port = probe.sharedPort
  await probe.close()
  return port
}

/** Waits for nobody to listen: a process that another worker is forking holds a copy of a socket that was closed for moments. */
async function refused(host: string, port: number): Promise<void> {
  const outcome = (): Promise<string> =>
    connectTo({ host, port }).then(
      (socket) => {
        socket.destroy()
        return 'connected'
      },
      ({ code }: NodeJS.ErrnoException) => code ?? '',
    )
  await expect.poll(outcome).toBe('ECONNREFUSED')
}
