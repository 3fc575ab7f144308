import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'

import { describe, expect, it, onTestFinished } from 'vitest'

import { systemClock } from '../base/clock.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { startDaemon, stopDaemon } from './daemon.ts'
import { isAlive, writeState, type Home } from './home.ts'
import { temporaryHome } from './testing/test-region-parts.ts'

/** Time that passes as fast as it is waited for. */
class HastyClock extends FakeClock {
  override async sleep(delayMs: number): Promise<void> {
    await this.advance(delayMs)
  }
}

/** A process that says it is a region, and does what `script` says. */
async function pretendRegion(home: Home, script: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['-e', `${script}; console.log('ready'); setInterval(() => {}, 1000)`],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
  writeState(home.running, { pid: child.pid, endpoint: '', startedAt: '', startedBy: 'start' })
  return child
}

describe('stopDaemon', () => {
  it('asks the process to end and waits until it has', async () => {
    const home = temporaryHome()
    const child = await pretendRegion(home, '')
    expect(await stopDaemon({ home, clock: systemClock })).toBe(true)
    expect(isAlive(child.pid ?? 0)).toBe(false)
    expect(existsSync(home.running)).toBe(false)
  })

  it('has nothing to end where none runs, and clears up what a killed one left', async () => {
    const home = temporaryHome()
    expect(await stopDaemon({ home, clock: systemClock })).toBe(false)
    writeState(home.running, { pid: 2 ** 22 + 1 })
    expect(await stopDaemon({ home, clock: systemClock })).toBe(false)
    expect(existsSync(home.running)).toBe(false)
  })

  it('says how to end one that does not', async () => {
    const home = temporaryHome()
    const { pid } = await pretendRegion(home, "process.on('SIGTERM', () => {})")
    await expect(stopDaemon({ home, clock: new HastyClock() })).rejects.toMatchObject({
      message: `the near region (pid ${pid}) does not end`,
      help: `End it with: kill -9 ${pid}`,
    })
    expect(existsSync(home.running)).toBe(true)
  })
})

describe('startDaemon', () => {
  it('tells the end of the log when the region does not start', async () => {
    const home = temporaryHome()
    const earlier = Array.from({ length: 50 }, (_, index) => JSON.stringify({ message: `before ${index}` }))
    writeFileSync(home.log, `${earlier.join('\n')}\n`)
    const failed = await startDaemon({ home, clock: systemClock, args: ['--port', 'none'] }).catch(
      (error: unknown) => error,
    )
    expect(failed).toMatchObject({ name: 'UserError', help: `Its log: ${home.log}` })
    const [first, ...tail] = (failed as Error).message.split('\n')
    expect(first).toBe('the near region did not start')
    expect(tail).toHaveLength(5)
    expect(tail.join('\n')).not.toContain('before 10')
    expect(tail.join('\n')).not.toContain('{"message"')
  })

  it('says so when the data directory cannot be used', async () => {
    const home = temporaryHome()
    writeFileSync(`${home.directory}/file`, '')
    const inside = { ...home, directory: `${home.directory}/file/home` }
    await expect(startDaemon({ home: inside, clock: systemClock, args: [] })).rejects.toThrow(
      'cannot write to the data directory',
    )
  })
})
