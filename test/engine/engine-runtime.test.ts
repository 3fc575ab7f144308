import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll } from 'vitest'

import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { createEngineRuntime } from '../../src/runtime/engine/engine-runtime.ts'
import { loadBusybox } from '../../src/runtime/engine/testing/images.ts'
import { namespaceNetwork } from '../../src/runtime/engine/testing/namespace-network.ts'
import { startOwnEngine, type OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { describeRuntime } from '../../src/runtime/testing/conformance.ts'

const IMAGE = 'localhost/busybox:1'
let engine: OwnEngine
let count = 0

beforeAll(async () => {
  engine = await startOwnEngine()
  await loadBusybox(engine.api, IMAGE)
}, 60_000)

afterAll(() => engine.close())

describeRuntime('a container engine', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-engine-'))
  const runtime = createEngineRuntime({
    api: engine.api,
    name: engine.name,
    cgroupDriver: 'cgroupfs',
    owner: `test-${(count += 1)}`,
    network: namespaceNetwork(),
    directory,
    clock: systemClock,
    log: silentLog,
  })
  await runtime.resume()
  return {
    runtime,
    webImage: IMAGE,
    async close() {
      await runtime.close(false)
      await rm(directory, { recursive: true })
    },
  }
})
