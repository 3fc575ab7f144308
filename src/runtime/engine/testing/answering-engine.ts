// Owns a pretended engine for tests: a socket that answers as it is told.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { EngineApi } from '../api.ts'

/** An engine that answers as it is told. */
export async function answeringEngine(answer: RequestListener): Promise<EngineApi> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-engine-'))
  const path = join(directory, 'engine.sock')
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await rm(directory, { recursive: true })
  })
  return new EngineApi(path)
}
