import { describe, expect, it } from 'vitest'

import { FAR_PACE } from '../deploy/pace.ts'
import { HastyClock } from '../deploy/testing/fake-cloud.ts'
import { farWeb } from './web.ts'

describe('farWeb', () => {
  it.each([
    [80, 'http://a.elb.amazonaws.com'],
    [443, 'https://a.elb.amazonaws.com'],
    [8080, 'http://a.elb.amazonaws.com:8080'],
  ])('reaches port %i by the name', async (port, url) => {
    const web = farWeb({ clock: new HastyClock(), pace: FAR_PACE })
    expect(await web.wayTo('a.elb.amazonaws.com', port)).toEqual({ url })
  })

  it('asks again while a fresh name is not known', async () => {
    const clock = new HastyClock()
    const answers = [0, 0, 503]
    const web = farWeb({ clock, pace: FAR_PACE }, async () => answers.shift() ?? 0)
    expect(await web.fetchStatus('http://a.elb.amazonaws.com')).toBe(503)
    expect(clock.sleeps).toHaveLength(2)
  })

  it('gives up after some minutes', async () => {
    const clock = new HastyClock()
    const startMs = clock.now()
    const web = farWeb({ clock, pace: FAR_PACE }, async () => 0)
    expect(await web.fetchStatus('http://a.elb.amazonaws.com')).toBe(0)
    expect(clock.now() - startMs).toBeLessThanOrEqual(5 * 60_000)
    expect(clock.now() - startMs).toBeGreaterThan(4 * 60_000)
  })
})
