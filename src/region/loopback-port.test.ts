import { createServer } from 'node:net'
import { expect, test } from 'vitest'

import { listenOnLoopback } from './loopback-port.ts'

test('a free port is taken, and one that is taken is nobody else has it', async () => {
  const first = createServer()
  const second = createServer()
  const port = await listenOnLoopback(first, 0)
  expect(port).toBeGreaterThan(0)
  expect(await listenOnLoopback(second, port ?? 0)).toBeUndefined()
  first.close()
  second.close()
})
