import { createServer, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { type Asked, createVpcs, DialError, type HostAddress, type Vpcs } from './dialer.ts'

/** A server that says its name to everybody. */
async function server(name: string): Promise<HostAddress> {
  const listener = createServer((socket) => socket.end(name))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void listener.close())
  const { port } = listener.address() as AddressInfo
  return { host: '127.0.0.1', port }
}

let vpcs: Vpcs

beforeEach(() => {
  vpcs = createVpcs({ clock: systemClock })
})

async function ask(vpcId: string, ip = '192.168.0.10'): Promise<string> {
  const stream = await vpcs.dialer(vpcId).dial(ip, 80)
  return Buffer.concat(await stream.toArray()).toString()
}

describe('an address', () => {
  it('means something else in each VPC', async () => {
    const [a, b] = [await server('a'), await server('b')]
    vpcs.dialer('vpc-a').register('192.168.0.10', () => a)
    vpcs.dialer('vpc-b').register('192.168.0.10', () => b)
    expect(await ask('vpc-a')).toBe('a')
    expect(await ask('vpc-b')).toBe('b')
    await expect(ask('vpc-c')).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
  })

  it('that ends in one VPC goes on in the other', async () => {
    const [a, b] = [await server('a'), await server('b')]
    vpcs.dialer('vpc-a').register('192.168.0.10', () => a)
    const end = vpcs.dialer('vpc-b').register('192.168.0.10', () => b)
    end()
    await expect(ask('vpc-b')).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
    expect(await ask('vpc-a')).toBe('a')
  })

  it('that has a new owner is not taken away by the end of the former one', async () => {
    const address = await server('same')
    const resolve = (): HostAddress => address
    const endFormer = vpcs.dialer('vpc-a').register('192.168.0.10', resolve)
    const end = vpcs.dialer('vpc-a').register('192.168.0.10', resolve)
    endFormer()
    expect(await ask('vpc-a')).toBe('same')
    end()
    await expect(ask('vpc-a')).rejects.toMatchObject({ code: 'EHOSTUNREACH' })
  })
})

describe('the status of a path', () => {
  it('is known where this process itself answers, and nowhere else', () => {
    const dialer = vpcs.dialer('vpc-a')
    const statusOf = ({ path }: Asked): number => (path === '/ok' ? 200 : 404)
    dialer.register('192.168.0.10', (port) =>
      port === 80 ? { host: '127.0.0.1', port, statusOf } : undefined,
    )
    dialer.register('192.168.0.11', (port) => ({ host: '127.0.0.1', port }))
    const known = (ip: string, port: number): number | undefined =>
      dialer.statusOf(ip, port, { path: '/ok', isTls: false })
    expect(known('192.168.0.10', 80)).toBe(200)
    expect(dialer.statusOf('192.168.0.10', 80, { path: '/x', isTls: true })).toBe(404)
    expect([known('192.168.0.10', 81), known('192.168.0.11', 80), known('192.168.0.12', 80)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('a connection', () => {
  it('is refused where nothing listens', async () => {
    vpcs.dialer('vpc-a').register('192.168.0.10', (port) => ({ host: '127.0.0.1', port }))
    vpcs.dialer('vpc-a').register('192.168.0.11', () => undefined)
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const dialer = vpcs.dialer('vpc-a')
    await expect(dialer.dial('192.168.0.10', port)).rejects.toThrow(
      new DialError('ECONNREFUSED', `connect ECONNREFUSED 192.168.0.10:${port}`),
    )
    await expect(dialer.dial('192.168.0.11', 80)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('may be to something in this program, which ends its direction on its own', async () => {
    const accept = (stream: Duplex): void =>
      void stream.toArray().then((bytes) => stream.end(`got ${bytes.join('')}`))
    vpcs.dialer('vpc-a').register('192.168.0.10', () => ({ accept }))
    const stream = await vpcs.dialer('vpc-a').dial('192.168.0.10', 80)
    stream.end('hello')
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('got hello')
  })

  it('may be made by whoever furnishes the network of a pod, in the time that is left', async () => {
    const asked: unknown[] = []
    vpcs.dialer('vpc-a').register('192.168.0.10', () => ({
      open: async (options) => {
        asked.push(options)
        throw new DialError('ETIMEDOUT', 'not today')
      },
    }))
    const dialed = vpcs.dialer('vpc-a').dial('192.168.0.10', 80, { timeoutMs: 70 })
    await expect(dialed).rejects.toThrow('not today')
    expect(asked).toEqual([{ name: '192.168.0.10:80', timeoutMs: 70, from: 'vpc' }])
  })

  it('is answered by nobody where a policy keeps it from a stand-in, but for its own node', async () => {
    const clock = new FakeClock()
    const own = createVpcs({ clock })
    const address = await server('in')
    own.dialer('vpc-a').register('192.168.0.10', () => address)
    const end = own.restrict('vpc-a', 'shop', (ip, port) => `${ip}:${port}` !== '192.168.0.10:80')
    own.restrict('vpc-b', 'shop', () => false)
    const dialer = own.dialer('vpc-a')
    const refused = expect(dialer.dial('192.168.0.10', 80)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await clock.advance(10_000)
    await refused
    for (const dialed of [
      dialer.dial('192.168.0.10', 81),
      dialer.dial('192.168.0.10', 80, { from: 'node' }),
    ]) {
      await (await dialed).end().toArray()
    }
    end()
    await (await dialer.dial('192.168.0.10', 80)).end().toArray()
  })

  it('is given up after its time', async () => {
    const clock = new FakeClock()
    const dialer = createVpcs({ clock }).dialer('vpc-a')
    const address = await server('late')
    dialer.register('192.168.0.10', () => address)
    const dialed = dialer.dial('192.168.0.10', 80, { timeoutMs: 50 })
    const refused = expect(dialed).rejects.toMatchObject({ code: 'ETIMEDOUT' })
    await clock.advance(50)
    await refused
  })
})
