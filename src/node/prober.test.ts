import { describe, expect, it } from 'vitest'

import type { Probe } from '../../generated/kubernetes.d.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import type { ProbeOutcome } from './probe-outcome.ts'
import { watchProbe, type ProbeKind } from './prober.ts'

/** Runs a probe whose results are `+` success, `-` failure, `?` unknown; the last one repeats. */
async function observe(kind: ProbeKind, results: string, probe: Probe): Promise<string[]> {
  const clock = new FakeClock()
  const startedAtMs = clock.now()
  const abort = new AbortController()
  const seen: string[] = []
  let runs = 0
  const seconds = (): number => (clock.now() - startedAtMs) / 1000
  const watching = watchProbe(kind, probe, {
    clock,
    signal: abort.signal,
    startedAtMs,
    run: async (): Promise<ProbeOutcome> => {
      const sign = results[Math.min(runs++, results.length - 1)]
      return { result: sign === '+' ? 'success' : sign === '-' ? 'failure' : 'unknown', message: '' }
    },
    onVerdict: (_, isSuccess) => void seen.push(`${isSuccess ? 'yes' : 'no'}@${seconds()}`),
    onTrouble: () => undefined,
  })
  // The first run happens before time moves.
  await clock.advance(0)
  await clock.advance(60_000)
  abort.abort()
  await watching
  return [...seen, `${runs} runs`]
}

describe('a probe', () => {
  it('of readiness runs at once and goes on', async () => {
    expect(await observe('readiness', '+', {})).toEqual(['yes@0', '7 runs'])
  })

  it('waits for its initial delay', async () => {
    expect(await observe('readiness', '+', { initialDelaySeconds: 15, periodSeconds: 5 })).toEqual([
      'yes@15',
      '10 runs',
    ])
  })

  it('fails after three failures in a row, not two', async () => {
    expect(await observe('readiness', '+--+---', { periodSeconds: 1 })).toEqual(['yes@0', 'no@6', '61 runs'])
  })

  it('needs as many successes as it says', async () => {
    expect(await observe('readiness', '-+-++', { periodSeconds: 1, successThreshold: 2 })).toEqual([
      'yes@4',
      '61 runs',
    ])
  })

  it('keeps its verdict while it cannot tell', async () => {
    expect(await observe('readiness', '+?', { periodSeconds: 1 })).toEqual(['yes@0', '61 runs'])
  })

  it('of startup ends with its first success', async () => {
    expect(await observe('startup', '--+', { periodSeconds: 2 })).toEqual(['yes@4', '3 runs'])
  })

  it('of liveness ends when it has failed: the container is started again', async () => {
    expect(await observe('liveness', '+---', { periodSeconds: 10, failureThreshold: 2 })).toEqual([
      'yes@0',
      'no@20',
      '3 runs',
    ])
  })
})
