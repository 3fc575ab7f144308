import { describe, expect, it } from 'vitest'

import { flowHash, orderFor } from './balance.ts'
import { afterCheck, isSuccessCode, REGISTERING, type HealthState } from './health.ts'

const check = { healthyThreshold: 3, unhealthyThreshold: 2 }

/** The states after each check; `+` passed, `-` failed. */
function states(results: string, from: HealthState = REGISTERING): string {
  let state = from
  return Array.from(results)
    .map((sign) => {
      state = afterCheck(state, sign === '+', check)
      return state.state[0]
    })
    .join('')
}

describe('the health of a target', () => {
  it.each([
    ['is good after one check of a new target', '+', 'h'],
    ['is bad after enough failures of a new target', '--', 'iu'],
    ['is decided by the first success while it is new', '-+', 'ih'],
    ['stays good through single failures', '+-+-+', 'hhhhh'],
    ['turns bad after failures in a row', '+--', 'hhu'],
    ['needs the threshold to turn good again', '--+++', 'iuuuh'],
    ['counts only successes in a row', '--++-+++', 'iuuuuuuh'],
  ])('%s', (_, results, expected) => {
    expect(states(results)).toBe(expected)
  })

  it('says why it is not known yet and why it is bad', () => {
    const once = afterCheck(REGISTERING, false, check)
    expect(once).toMatchObject({
      reason: 'Elb.InitialHealthChecking',
      description: 'Initial health checks in progress',
    })
    const twice = afterCheck(once, false, check)
    expect(twice).toMatchObject({ reason: 'Target.FailedHealthChecks', description: 'Health checks failed' })
    expect(afterCheck(REGISTERING, true, check)).toEqual({ state: 'healthy', against: 0 })
  })

  it.each([
    [200, '200-399', true],
    [399, '200-399', true],
    [404, '200-399', false],
    [204, '200,204', true],
    [201, '200, 204', false],
    [302, '200,300-303', true],
  ])('of a target that answers %d with success codes %s: %s', (status, codes, expected) => {
    expect(isSuccessCode(status, codes)).toBe(expected)
  })
})

describe('the choice of a target', () => {
  const target = (name: string, zone: string, isHealthy = true) => ({ name, zone, isHealthy })
  const flow = (sourcePort: number) => ({
    sourceIp: '127.0.0.1',
    sourcePort,
    destinationIp: '127.0.0.1',
    destinationPort: 80,
  })
  const first = (targets: ReturnType<typeof target>[], sourcePort: number, crossZone: boolean) =>
    orderFor(targets, { hash: flowHash(flow(sourcePort)), zones: ['a', 'b'], crossZone })[0]?.name

  function shares(targets: ReturnType<typeof target>[], crossZone: boolean): Record<string, number> {
    const counts: Record<string, number> = {}
    for (let port = 1024; port < 11_024; port++) {
      const name = first(targets, port, crossZone) ?? 'none'
      counts[name] = (counts[name] ?? 0) + 1
    }
    return counts
  }

  it('is the same for the same flow', () => {
    const targets = [target('1', 'a'), target('2', 'a'), target('3', 'b')]
    expect(new Set(Array.from({ length: 20 }, () => first(targets, 5000, true))).size).toBe(1)
  })

  it('spreads evenly over targets across zones', () => {
    for (const count of Object.values(shares([target('1', 'a'), target('2', 'a'), target('3', 'b')], true))) {
      expect(count).toBeGreaterThan(2800)
    }
  })

  it('spreads evenly over zones without cross-zone balancing', () => {
    const counts = shares([target('1', 'a'), target('2', 'a'), target('3', 'b')], false)
    expect(counts['3']).toBeGreaterThan(4600)
    expect(counts['1']).toBeGreaterThan(2000)
  })

  it('leaves out unhealthy targets, and zones that have no other', () => {
    expect(shares([target('1', 'a', false), target('2', 'b')], false)).toEqual({ '2': 10_000 })
  })

  it('takes all when none is healthy, and none when there is none', () => {
    expect(Object.keys(shares([target('1', 'a', false), target('2', 'a', false)], true))).toEqual(['1', '2'])
    expect(shares([], true)).toEqual({ none: 10_000 })
  })
})
