import { createServer, type AddressInfo } from 'node:net'
import { duplexPair, PassThrough, type Duplex } from 'node:stream'

import { describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { createVpcs, DialError, type Dialer } from '../dialer.ts'
import type { HealthCheck } from '../load-balancer.ts'
import { checkTarget, type CheckResult } from './check.ts'

const target = { ip: '10.0.0.1', port: 80, zone: 'a' }
const http: HealthCheck = {
  protocol: 'HTTP',
  port: 'traffic-port',
  path: '/ready',
  intervalSeconds: 10,
  timeoutSeconds: 6,
  healthyThreshold: 3,
  unhealthyThreshold: 3,
  successCodes: '200-299',
}
const tcp: HealthCheck = { ...http, protocol: 'TCP' }

/** A dialer that notes the ports it is asked for. */
function dialerOf(dial: () => Promise<Duplex>, dialed: number[] = []): Dialer {
  return {
    register: () => () => undefined,
    openFlow: () => new Promise(() => undefined),
    statusOf: () => undefined,
    dial: (_ip, port) => {
      dialed.push(port)
      return dial()
    },
  }
}

function check(healthCheck: HealthCheck, dialer: Dialer, clock = new FakeClock()): Promise<CheckResult> {
  return checkTarget(target, healthCheck, { dialer, clock })
}

describe('a check by connecting', () => {
  it.each<[string, () => Promise<Duplex>, CheckResult]>([
    ['passes when somebody listens', async () => new PassThrough(), 'passed'],
    ['fails when nobody does', () => Promise.reject(new DialError('ECONNREFUSED', '')), 'failed'],
    [
      'knows an address that leads nowhere',
      () => Promise.reject(new DialError('EHOSTUNREACH', '')),
      'unroutable',
    ],
  ])('%s', async (_, dial, expected) => {
    expect(await check(tcp, dialerOf(dial))).toBe(expected)
  })

  it('is of the port of the traffic, or of the one it names', async () => {
    const dialed: number[] = []
    const dialer = dialerOf(async () => new PassThrough(), dialed)
    await check(tcp, dialer)
    await check({ ...tcp, port: '8080' }, dialer)
    expect(dialed).toEqual([80, 8080])
  })

  it('gives up after its time-out and closes a connection that comes later', async () => {
    const clock = new FakeClock()
    const late = Promise.withResolvers<Duplex>()
    const checking = check(
      tcp,
      dialerOf(() => late.promise),
      clock,
    )
    await clock.advance(6000)
    expect(await checking).toBe('failed')
    const stream = new PassThrough()
    late.resolve(stream)
    await clock.advance(0)
    expect(stream.destroyed).toBe(true)
  })

  it('does not count the time in which the process was held up', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const dialer = createVpcs({ clock: systemClock }).dialer('vpc')
    dialer.register(target.ip, () => ({ host: '127.0.0.1', port }))
    const options = { dialer, clock: systemClock }
    const checking = checkTarget(target, { ...tcp, timeoutSeconds: 0.2 }, options)
    // Longer than the time-out, with the connection under way.
    const end = performance.now() + 300
    while (performance.now() < end);
    expect(await checking).toBe('passed')
  })
})

describe('a check by HTTP', () => {
  /** A target that answers every request with this status line. */
  const answering = (status: string, requests: string[] = []): Dialer =>
    dialerOf(async () => {
      const [near, far] = duplexPair()
      far.once('data', (bytes: Buffer) => {
        requests.push(bytes.toString())
        far.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`)
      })
      return near
    })

  it.each([
    ['200 OK', 'passed'],
    ['299 Fine', 'passed'],
    ['301 Moved', 'failed'],
    ['503 Busy', 'failed'],
  ] as const)('answered with %s is %s', async (status, expected) => {
    const requests: string[] = []
    expect(await check(http, answering(status, requests))).toBe(expected)
    expect(requests[0]).toMatch(/^GET \/ready HTTP\/1\.1\r\nhost: 10\.0\.0\.1:80\r\n/)
    expect(requests[0]).toContain('user-agent: ELB-HealthChecker/2.0\r\n')
  })

  it('that nobody answers fails when its time is over', async () => {
    const clock = new FakeClock()
    const checking = check(
      http,
      dialerOf(async () => duplexPair()[0]),
      clock,
    )
    await clock.advance(6000)
    expect(await checking).toBe('failed')
  })
})
