import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { duplexPair, PassThrough, type Duplex } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { createVpcs, DialError, type Dialer } from '../network/dialer.ts'
import type { ExecRequest } from '../runtime/runtime.ts'
import { FakeRuntime } from '../runtime/testing/fake-runtime.ts'
import { portNumber, runProbe, type ProbeTarget } from './probe.ts'
import { sampleContainer } from './testing/sample-pod.ts'

let clock: FakeClock
let runtime: FakeRuntime
let dialed: string[]
let askedFor: object[]
let dial: () => Promise<Duplex>
let status: number | undefined

beforeEach(() => {
  clock = new FakeClock()
  runtime = new FakeRuntime(clock)
  dialed = []
  askedFor = []
  dial = async () => duplexPair()[0]
  status = undefined
})

function target(): ProbeTarget {
  const dialer: Dialer = {
    register: () => () => undefined,
    dial: async (ip, port) => {
      dialed.push(`${ip}:${port}`)
      return await dial()
    },
    openFlow: () => never(),
    statusOf: (_ip, _port, asked) => {
      askedFor.push(asked)
      return status
    },
  }
  const container = sampleContainer('web', { ports: [{ name: 'http', containerPort: 8080 }] })
  return { container, containerId: 'c', podIp: '10.0.0.20', clock, dialer, runtime, kubeletVersion: '1.35' }
}

const never = (): Promise<never> => new Promise(() => undefined)

describe('a TCP probe', () => {
  it('succeeds when somebody listens', async () => {
    expect(await runProbe({ tcpSocket: { port: 'http' } }, target())).toEqual({
      result: 'success',
      message: '',
    })
    expect(dialed).toEqual(['10.0.0.20:8080'])
  })

  it.each([
    ['ECONNREFUSED', 'dial tcp 10.0.0.9:80: connect: connection refused'],
    ['EHOSTUNREACH', 'dial tcp 10.0.0.9:80: connect: no route to host'],
    ['ETIMEDOUT', 'dial tcp 10.0.0.9:80: i/o timeout'],
  ] as const)('fails with %s', async (code, message) => {
    dial = () => Promise.reject(new DialError(code, ''))
    const outcome = await runProbe({ tcpSocket: { port: 80, host: '10.0.0.9' } }, target())
    expect(outcome).toEqual({ result: 'failure', message })
  })

  it('gives up after its time-out and closes a connection that comes later', async () => {
    const late = Promise.withResolvers<Duplex>()
    dial = () => late.promise
    const probing = runProbe({ tcpSocket: { port: 80 }, timeoutSeconds: 3 }, target())
    await clock.advance(3000)
    expect(await probing).toEqual({ result: 'failure', message: 'dial tcp 10.0.0.20:80: i/o timeout' })
    const stream = new PassThrough()
    late.resolve(stream)
    await late.promise
    await clock.advance(0)
    expect(stream.destroyed).toBe(true)
  })

  it('does not count the time in which the process was held up', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const vpc = createVpcs({ clock: systemClock }).dialer('vpc-1')
    vpc.register('10.0.0.20', () => ({ host: '127.0.0.1', port }))
    const probing = runProbe({ tcpSocket: { port: 80 } }, { ...target(), clock: systemClock, dialer: vpc })
    // Longer than the time-out of a second, with the connection under way.
    const end = performance.now() + 1100
    while (performance.now() < end);
    expect(await probing).toEqual({ result: 'success', message: '' })
    server.close()
  })

  it('knows nothing when the port has no number', async () => {
    const outcome = await runProbe({ tcpSocket: { port: 'grpc' } }, target())
    expect(outcome).toEqual({ result: 'unknown', message: "couldn't find port: grpc" })
  })
})

describe('an HTTP probe', () => {
  it('fails in the words of Go when nobody answers in time', async () => {
    const probing = runProbe({ httpGet: { port: 80, path: 'healthz' } }, target())
    await clock.advance(1000)
    expect(await probing).toEqual({
      result: 'failure',
      message:
        'Get "http://10.0.0.20:80/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    })
  })

  it.each([
    ['200 OK', { result: 'success', message: '' }],
    ['302 Found', { result: 'success', message: '' }],
    ['404 Not Found', { result: 'failure', message: 'HTTP probe failed with statuscode: 404' }],
    ['503 Busy', { result: 'failure', message: 'HTTP probe failed with statuscode: 503' }],
  ])('that is answered with %s', async (status, expected) => {
    const asked: string[] = []
    dial = async () => {
      const [client, server] = duplexPair()
      server.once('data', (request: Buffer) => {
        asked.push(request.toString())
        server.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
      })
      return client
    }
    const httpHeaders = [
      { name: 'Host', value: 'shop.example' },
      { name: 'X-Probe', value: 'yes' },
    ]
    expect(await runProbe({ httpGet: { port: 'http', path: '/ok', httpHeaders } }, target())).toEqual(
      expected,
    )
    expect(asked[0]).toContain('GET /ok HTTP/1.1\r\nhost: shop.example\r\n')
    expect(asked[0]).toContain('user-agent: kube-probe/1.35\r\n')
    expect(asked[0]).toContain('x-probe: yes\r\n')
  })
})

describe('an HTTP probe of what answers in this process', () => {
  it.each([
    [200, { result: 'success', message: '' }],
    [503, { result: 'failure', message: 'HTTP probe failed with statuscode: 503' }],
  ])('takes its status %d without a connection', async (answer, expected) => {
    status = answer
    expect(await runProbe({ httpGet: { port: 'http' } }, target())).toEqual(expected)
    expect(dialed).toEqual([])
  })

  it.each([
    ['HTTP', false],
    ['HTTPS', true],
  ] as const)('says by which scheme it asks: %s', async (scheme, isTls) => {
    status = 200
    await runProbe({ httpGet: { port: 'http', path: 'healthz', scheme } }, target())
    expect(askedFor).toEqual([{ path: '/healthz', isTls }])
  })

  it('connects where that is not known', async () => {
    const probing = runProbe({ httpGet: { port: 443, scheme: 'HTTPS' } }, target())
    await clock.advance(1000)
    expect((await probing).result).toBe('failure')
    expect(dialed).toEqual(['10.0.0.20:443'])
  })
})

describe('a probe by command', () => {
  it.each([
    [0, 'success'],
    [1, 'failure'],
  ] as const)('that ends with %d', async (exitCode, result) => {
    runtime.exec = async (_id: string, request: ExecRequest) => {
      request.onOutput('stdout', Buffer.from('checked'))
      return exitCode
    }
    expect(await runProbe({ exec: { command: ['check'] } }, target())).toEqual({ result, message: 'checked' })
  })

  it('fails when it does not end', async () => {
    runtime.exec = never
    const probing = runProbe({ exec: { command: ['cat', '/ok'] }, timeoutSeconds: 2 }, target())
    await clock.advance(2000)
    expect(await probing).toEqual({ result: 'failure', message: 'command "cat /ok" timed out' })
  })

  it('knows nothing when no command can run', async () => {
    const outcome = await runProbe({ exec: { command: ['check'] } }, target())
    expect(outcome).toEqual({ result: 'unknown', message: 'a fake runs no commands' })
  })
})

it('finds the number of a port', () => {
  const container = sampleContainer('web', { ports: [{ name: 'http', containerPort: 8080 }] })
  expect([80, '81', 'http', 'grpc'].map((port) => portNumber(port, container))).toEqual([
    80,
    81,
    8080,
    undefined,
  ])
})
