import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { systemClock, type Clock } from '../base/clock.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { startDaemon, stopDaemon } from './daemon.ts'
import { writeState, type Home } from './home.ts'
import { birthOf, isAlive } from './processes.ts'
import { realPath, type RunningRegion } from './running.ts'
import { pretendRegion, temporaryHome } from './testing/test-region-parts.ts'

// Linux gives no process id above 2^22.
const NO_PROCESS = 2 ** 22 + 1

let home: Home

beforeEach(() => {
  home = temporaryHome()
})

/** Time that passes as fast as it is waited for, in turns that let processes come and go. */
class HastyClock extends FakeClock {
  override async sleep(delayMs: number): Promise<void> {
    await systemClock.sleep(5)
    await this.advance(delayMs * 5)
  }
}

/** A process that does what `script` says, and goes on for ever. */
async function pretendProcess(script: string): Promise<ChildProcess & { readonly pid: number }> {
  const lines = `${script}; console.log('ready'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['-e', lines], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child as ChildProcess & { readonly pid: number }
}

/** A process that is the region of the directory, and does what `script` says. */
async function pretendDaemon(script: string): Promise<number> {
  const { pid } = await pretendProcess(script)
  const birth = birthOf(pid)
  await pretendRegion(home, { pid, ...(birth === undefined ? {} : { birth }) })
  return pid
}

describe('stopDaemon', () => {
  it('asks the process to end and waits until it has', async () => {
    const pid = await pretendDaemon('')
    expect(await stopDaemon({ home, clock: systemClock })).toBe('ended')
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(home.running)).toBe(false)
  })

  it('has nothing to end where none runs, and clears up what a killed one left', async () => {
    expect(await stopDaemon({ home, clock: systemClock })).toBe('none')
    await pretendRegion(home, { pid: NO_PROCESS, endpoint: 'http://127.0.0.1:1' })
    expect(await stopDaemon({ home, clock: systemClock })).toBe('none')
    expect(existsSync(home.running)).toBe(false)
  })

  it('leaves a stranger alone that has the process id of a region that was killed', async () => {
    const { pid } = await pretendProcess('')
    await pretendRegion(home, { pid, birth: `${'0'.repeat(36)} 1`, endpoint: 'http://127.0.0.1:1' })
    expect(await stopDaemon({ home, clock: systemClock })).toBe('none')
    expect(isAlive(pid)).toBe(true)
  })

  it('leaves a process alone that nothing proves to be the region', async () => {
    const { pid } = await pretendProcess('')
    writeState(home.running, { pid, directory: realPath(home.directory), endpoint: 'http://127.0.0.1:1' })
    await expect(stopDaemon({ home, clock: systemClock })).rejects.toMatchObject({
      message: `process ${pid} may be the near region on ${home.directory}, but does not prove it`,
    })
    expect(isAlive(pid)).toBe(true)
    expect(existsSync(home.running)).toBe(true)
  })

  it('kills one that does not end', async () => {
    const pid = await pretendDaemon("process.on('SIGTERM', () => {})")
    expect(await stopDaemon({ home, clock: new HastyClock() })).toBe('killed')
    await expect.poll(() => isAlive(pid)).toBe(false)
    expect(existsSync(home.running)).toBe(false)
  })

  it('does not end the program that a region is part of', async () => {
    await pretendRegion(home, { startedBy: 'program' })
    await expect(stopDaemon({ home, clock: systemClock })).rejects.toMatchObject({
      message: `the near region on ${home.directory} runs inside another program (pid ${process.pid})`,
    })
  })
})

/** Starts a program instead of the region. */
function start(script: string, clock: Clock = systemClock): Promise<RunningRegion> {
  const program = join(home.directory, 'program.mjs')
  writeFileSync(program, script)
  return startDaemon({
    home,
    clock,
    args: [],
    program: { command: process.execPath, args: [program] },
  })
}

async function failureOf(started: Promise<unknown>): Promise<{ message: string; help?: string }> {
  return started.then(
    () => ({ message: 'no failure' }),
    (error: unknown) => error as Error,
  )
}

describe('startDaemon', () => {
  it('gives the region that says it runs, and proves it', async () => {
    const endpoint = await pretendRegion(home)
    const running = await start("process.send({ kind: 'running' }, () => process.disconnect())")
    expect(running).toMatchObject({ endpoint, pid: process.pid })
  })

  it('tells the cause once, and what to do', async () => {
    const failed = await failureOf(
      start("process.send({ kind: 'failed', message: 'port 4566 is taken', help: 'Free it.' })"),
    )
    expect(failed).toMatchObject({ name: 'UserError', message: 'port 4566 is taken', help: 'Free it.' })
  })

  it('tells what a region that crashes has written, and nothing that was in the log before', async () => {
    const earlier = Array.from({ length: 50 }, (_, index) => JSON.stringify({ message: `before ${index}` }))
    writeFileSync(home.log, `${earlier.join('\n')}\n`)
    const failed = await failureOf(
      start(`console.error('${JSON.stringify({ message: 'a', error: 'b' })}'); process.exit(3)`),
    )
    expect(failed).toMatchObject({
      message: 'the near region has ended while it started (exit code 3)\na: b',
      help: `Its log: ${home.log}`,
    })
  })

  it('says so when it is killed', async () => {
    const failed = await failureOf(start("process.kill(process.pid, 'SIGKILL')"))
    expect(failed.message).toBe('the near region has ended while it started (SIGKILL)')
  })

  it('leaves nothing behind of one that does not get on', async () => {
    const clock = new HastyClock()
    const pidFile = join(home.directory, 'pid')
    const script = `
      import { writeFileSync } from 'node:fs'
      process.on('SIGTERM', () => {})
      writeFileSync(${JSON.stringify(pidFile)}, String(process.pid))
      process.send({ kind: 'progress', phase: 'opening the store' })
      setInterval(() => {}, 1000)`
    const failed = failureOf(start(script, clock))
    await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8')).toMatch(/\d/)
    const moving = setInterval(() => void clock.advance(10_000), 20)
    onTestFinished(() => clearInterval(moving))
    expect((await failed).message).toBe('the near region has not got on with its start for 120 s')
    // The clock of this test runs ahead of the system, which takes a moment to end a process.
    await expect.poll(() => isAlive(Number(readFileSync(pidFile, 'utf8')))).toBe(false)
  })

  it('waits for a region that somebody else is starting', async () => {
    const { pid } = await pretendProcess('')
    const birth = birthOf(pid)
    if (birth === undefined) return
    writeState(home.running, { pid, birth, directory: realPath(home.directory) })
    const started = start('throw new Error("started twice")')
    const endpoint = await pretendRegion(home)
    expect(await started).toMatchObject({ endpoint })
  })

  it('waits for a region that was faster', async () => {
    const started = start(
      "process.send({ kind: 'failed', message: 'another region runs', isTaken: true }, () => process.disconnect())",
    )
    const endpoint = await pretendRegion(home)
    expect(await started).toMatchObject({ endpoint })
  })

  it('says so when the data directory cannot be used', async () => {
    writeFileSync(`${home.directory}/file`, '')
    const inside = { ...home, directory: `${home.directory}/file/home` }
    await expect(startDaemon({ home: inside, clock: systemClock, args: [] })).rejects.toThrow(
      'cannot use the data directory',
    )
  })
})
