import { beforeEach, describe, expect, it } from 'vitest'

import { aborted } from './abort.ts'
import { createLog } from './log.ts'
import { Supervisor } from './supervisor.ts'
import { FakeClock } from './testing/fake-clock.ts'

let lines: object[]
let supervisor: Supervisor

beforeEach(() => {
  lines = []
  const write = (line: string): unknown => lines.push(JSON.parse(line) as object)
  supervisor = new Supervisor(createLog({ clock: new FakeClock(), write }))
})

describe('Supervisor', () => {
  it('logs work that fails by its name, and goes on', async () => {
    supervisor.run('compaction', () => Promise.reject(new TypeError('no room')))
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      level: 'error',
      message: 'compaction failed',
      error: expect.stringContaining('no room'),
    })
    expect(supervisor.signal.aborted).toBe(false)
  })

  it('takes a failure after the end was asked for as part of it', async () => {
    supervisor.run('informer', async (signal) => {
      await aborted(signal)
      throw new TypeError('aborted')
    })
    await supervisor.stop()
    expect(lines).toEqual([])
  })

  it('names what is under way', async () => {
    supervisor.run('a', aborted)
    supervisor.run('b', async () => undefined)
    await expect.poll(() => supervisor.running).toEqual(['a'])
    await supervisor.stop()
    expect(supervisor.running).toEqual([])
  })

  it('waits for work to end, and starts none afterwards', async () => {
    const ended: string[] = []
    const work = (name: string) => async (signal: AbortSignal) => {
      await aborted(signal)
      await new Promise((resolve) => setImmediate(resolve))
      ended.push(name)
    }
    supervisor.run('a', work('a'))
    supervisor.run('b', work('b'))
    await supervisor.stop()
    expect(ended).toEqual(['a', 'b'])
    supervisor.run('c', async () => void ended.push('c'))
    expect(ended).toEqual(['a', 'b'])
  })
})
