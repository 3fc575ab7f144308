// A rolling update of a real nginx behind an NLB and an ALB, under load and with readiness gates. Every run makes a few hundred
// requests a way; `ROLLOUT_REQUESTS=25000` a hundred thousand in all.
import { afterAll, beforeAll, expect, it } from 'vitest'

import type { OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { EngineRegion, NGINX, openEngine } from '../support/engine-region.ts'
import { ROLLOUT_TIMEOUT_MS, rollUnderLoad } from '../support/rolling-update.ts'

let engine: OwnEngine
let region: EngineRegion

beforeAll(async () => {
  engine = await openEngine()
  region = new EngineRegion()
})

afterAll(async () => {
  await region.close()
  await engine.close()
})

it('fails no request', { timeout: ROLLOUT_TIMEOUT_MS }, async () => {
  const answers = await rollUnderLoad(NGINX, async ({ config, manifests }) => {
    const { loadBalancers } = await region.up(
      [config, ...manifests].map((one) => JSON.stringify(one)).join('\n---\n'),
    )
    return loadBalancers
  })
  for (const headers of answers) expect(headers.get('server')).toMatch(/^nginx\/\d/)
})
