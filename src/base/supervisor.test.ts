import { describe, expect, it } from 'vitest'

import { createLog } from './log.ts'
import { Supervisor } from './supervisor.ts'
import { FakeClock } from './testing/fake-clock.ts'

function supervised(): { supervisor: Supervisor; lines: string[] } {
  const lines: string[] = []
  const log = createLog({ write: (line) => lines.push(line), clock: new FakeClock() })
  return { supervisor: new Supervisor(log), lines }
}

describe('background work', () => {
  it('that fails is logged by its name', async () => {
    const { supervisor, lines } = supervised()
    supervisor.run('sweep', () => Promise.reject(new TypeError('no broom')))
    await new Promise<void>((resolve) => void setImmediate(resolve))
    await supervisor.stop()
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      message: 'sweep failed',
      error: expect.stringContaining('no broom'),
    })
  })

  it('that fails because it was stopped is not', async () => {
    const { supervisor, lines } = supervised()
    supervisor.run('sweep', async (signal) => {
      await new Promise<void>((resolve) => void setImmediate(resolve))
      signal.throwIfAborted()
    })
    await supervisor.stop()
    expect(lines).toEqual([])
  })

  it('is waited for when it is stopped, and none begins after', async () => {
    const { supervisor } = supervised()
    const done: string[] = []
    supervisor.run('slow', async () => {
      await new Promise<void>((resolve) => void setImmediate(resolve))
      done.push('slow')
    })
    await supervisor.stop()
    supervisor.run('late', async () => void done.push('late'))
    expect(done).toEqual(['slow'])
  })
})
