// A rolling update of stand-ins behind an NLB and an ALB, under load and with readiness gates.
import { it, onTestFinished } from 'vitest'

import { startRegion } from '../src/library/start-region.ts'
import { ROLLOUT_TIMEOUT_MS, rollUnderLoad } from './support/rolling-update.ts'

it('fails no request', { timeout: ROLLOUT_TIMEOUT_MS }, async () => {
  const region = await startRegion({ region: 'eu-west-1' })
  onTestFinished(() => region.stop())
  await rollUnderLoad('nginx', async (rollout) => {
    const { loadBalancers } = await region.up(rollout, { timeoutMs: 300_000 })
    return loadBalancers
  })
})
