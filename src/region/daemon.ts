// Owns the region as a process in the background: starting it, waiting until it answers, ending it.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, readFileSync, statSync } from 'node:fs'

import type { Clock } from '../base/clock.ts'
import { messageOf, UserError } from '../base/errors.ts'
import { ownProgram, type OwnProgram } from '../base/package-files.ts'
import { appendPrivateFile } from '../base/private-files.ts'
import { createHome, removeState, type Home } from './home.ts'
import { isAlive } from './processes.ts'
import {
  findRegion,
  isProcessOf,
  TakenError,
  type Found,
  type RegionFile,
  type RunningRegion,
} from './running.ts'
import { readReport, type StartReport } from './start-report.ts'

// A region that starts says so at each step; the longest one, loading the program, has taken 35 s on a starved machine.
const PROGRESS_TIMEOUT_MS = 120_000
// Every part of a region has a deadline when it ends (region.ts); together they take less.
const STOP_TIMEOUT_MS = 20_000
const KILL_TIMEOUT_MS = 5_000
const POLL_MS = 15
const LOG_TAIL_LINES = 5
// A region makes little garbage: with V8's own choice of 16 MB the young generation would be a third of its memory
// (measured: 196 MB resident with the workshop up, 145 MB like this, at the same speed).
const MEMORY = ['--max-semi-space-size=4']
// Connections are read by buffers that come and go; glibc keeps those of each of its arenas, of which a program of several threads has
// many (measured with 1,000 open connections: 185 MB with one, 205 to 212 without). Other C libraries know nothing of it.
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' }

export interface DaemonOptions {
  readonly home: Home
  readonly clock: Clock
  /** Arguments for `neargate start --foreground`, beside those. */
  readonly args: readonly string[]
  /** What runs the program; what runs this one by default. */
  readonly program?: OwnProgram
}

/** What runs a region in a process of its own. */
export function regionProgram(): OwnProgram {
  return ownProgram(MEMORY)
}

/**
 * Starts a region in the background and waits until it answers, for as long as it lives and gets on. When another one
 * is being started on the directory at the same time, that one is waited for.
 * @throws UserError with the cause when it ends instead; nothing of it is left running then.
 */
export async function startDaemon(options: DaemonOptions): Promise<RunningRegion> {
  const { home, clock } = options
  createHome(home)
  const present = await findRegion(home)
  if (present.state === 'running') return present.file
  if (present.state === 'starting') return await untilRunning(home, clock, present.file)
  const child = spawnRegion(options)
  try {
    await child.started
  } catch (error) {
    await endChild(child.process, clock)
    const other = error instanceof TakenError ? await otherRegion(home, clock) : NONE
    if (other.state === 'none') throw error
    return await untilRunning(home, clock, other.file)
  }
  const found = await findRegion(home)
  if (found.state === 'running') return found.file
  throw new UserError('the near region has ended right after its start', { help: `Its log: ${home.log}` })
}

const NONE: Found = { state: 'none' }
// Between taking the directory and saying so a region reads its store: seconds for a very large one.
const CLAIM_TIMEOUT_MS = 15_000

/** The region that was faster, once it says that it has the directory. */
async function otherRegion(home: Home, clock: Clock): Promise<Found> {
  const deadline = clock.now() + CLAIM_TIMEOUT_MS
  for (;;) {
    const found = await findRegion(home)
    if (found.state === 'starting' || found.state === 'running') return found
    if (clock.now() > deadline) return NONE
    await clock.sleep(POLL_MS)
  }
}

interface Child {
  readonly process: ChildProcess
  /** Rejects with the cause when the region does not come up. */
  readonly started: Promise<void>
}

function spawnRegion({ home, clock, args, program = regionProgram() }: DaemonOptions): Child {
  const logStart = sizeOf(home.log)
  const logFile = appendPrivateFile(home.log)
  const child = spawn(
    program.command,
    [...program.args, 'start', '--foreground', '--data', home.directory, ...args],
    {
      detached: true,
      env: { ...ONE_ARENA, ...process.env },
      stdio: ['ignore', logFile, logFile, 'ipc'],
    },
  )
  closeSync(logFile)
  return { process: child, started: untilStarted(child, { home, clock, logStart }) }
}

interface Watch {
  readonly home: Home
  readonly clock: Clock
  /** Where in the log the lines of this start begin: those before it are of other runs. */
  readonly logStart: number
}

function untilStarted(child: ChildProcess, { home, clock, logStart }: Watch): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      timer.cancel()
      child.removeAllListeners()
      if (child.connected) child.disconnect()
      child.unref()
      finish()
    }
    const giveUp = (): void => {
      const seconds = PROGRESS_TIMEOUT_MS / 1000
      end(() => reject(failure(home, `the near region has not got on with its start for ${seconds} s`)))
    }
    let timer = clock.after(PROGRESS_TIMEOUT_MS, giveUp)
    // The timer of the system clock does not keep a process alive; the channel to the child does.
    child.on('message', (message: unknown) => {
      const report = readReport(message)
      if (report?.kind === 'progress') {
        timer.cancel()
        timer = clock.after(PROGRESS_TIMEOUT_MS, giveUp)
      } else if (report?.kind === 'running') end(resolve)
      else if (report?.kind === 'failed') end(() => reject(failureOf(report)))
    })
    child.once('error', (error) =>
      end(() => reject(failure(home, `the near region cannot be started: ${messageOf(error)}`))),
    )
    // `close` comes after the channel's last message, `exit` may come before it.
    child.once('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal
      const text = [`the near region has ended while it started (${how})`, ...logTail(home, logStart)]
      end(() => reject(failure(home, text.join('\n'))))
    })
  })
}

function failureOf({ message, help, isTaken }: StartReport & { readonly kind: 'failed' }): UserError {
  const Failure = isTaken ? TakenError : UserError
  return new Failure(message, help === undefined ? {} : { help })
}

function failure(home: Home, message: string): UserError {
  return new UserError(message, { help: `Its log: ${home.log}` })
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** The last lines that were written to the log since `start` (bytes). */
function logTail(home: Home, start: number): readonly string[] {
  const lines = readFileSync(home.log).subarray(start).toString().trimEnd().split('\n')
  return lines
    .slice(-LOG_TAIL_LINES)
    .map(logMessage)
    .filter((line) => line !== '')
}

// Log lines are JSON; what does not parse is a message for people already.
function logMessage(line: string): string {
  try {
    const entry = JSON.parse(line) as { message?: unknown; error?: unknown }
    return [entry.message, entry.error].filter(Boolean).join(': ')
  } catch {
    return line
  }
}

// A failed start must leave nothing behind, also when the region itself hangs.
async function endChild(child: ChildProcess, clock: Clock): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null && isAlive(pid)
  if (await untilGone(isRunning, clock, KILL_TIMEOUT_MS)) return
  child.kill('SIGKILL')
  await untilGone(isRunning, clock, KILL_TIMEOUT_MS)
}

/** Waits for a region that somebody else starts. @throws UserError when it ends instead. */
async function untilRunning(home: Home, clock: Clock, file: RegionFile): Promise<RunningRegion> {
  const deadline = clock.now() + PROGRESS_TIMEOUT_MS
  for (;;) {
    const found = await findRegion(home)
    if (found.state === 'running') return found.file
    if (found.state === 'none') {
      throw failure(home, `the near region that was being started (pid ${file.pid}) has ended`)
    }
    if (clock.now() > deadline) {
      throw new UserError(`the near region that is being started (pid ${file.pid}) does not answer`, {
        help: 'End it with: neargate stop',
      })
    }
    await clock.sleep(POLL_MS)
  }
}

/** Ends a region and leaves the containers that run for it in an engine. */
export const KEEP_SIGNAL = 'SIGUSR2'

/** `ended`: by itself; `killed`: it had to be; `none`: no region ran on the directory. */
export type Stopped = 'ended' | 'killed' | 'none'

/**
 * Ends the region that runs on this directory and waits until it has. One that does not end in time is killed: what it
 * has acknowledged is on disk.
 * @throws UserError when it may not be ended from here.
 */
export async function stopDaemon({
  home,
  clock,
  keepsContainers = false,
}: Pick<DaemonOptions, 'home' | 'clock'> & {
  /** Leave the containers that run in an engine, for the next start. */
  readonly keepsContainers?: boolean
}): Promise<Stopped> {
  const found = await findRegion(home)
  if (found.state === 'none') {
    if (found.unproven) throw unproven(home, found.unproven)
    removeState(home.running)
    return 'none'
  }
  const { file } = found
  if (file.startedBy === 'program') {
    throw new UserError(
      `the near region on ${home.directory} runs inside another program (pid ${file.pid})`,
      {
        help: 'It ends with that program.',
      },
    )
  }
  if (!isAlive(file.pid)) {
    throw new UserError(
      `the near region at ${file.endpoint} runs where its process (${file.pid}) is not seen`,
      {
        help: 'Stop it in the container or on the machine where it was started.',
      },
    )
  }
  process.kill(file.pid, keepsContainers ? KEEP_SIGNAL : 'SIGTERM')
  const hasEnded = await untilGone(() => isAlive(file.pid), clock, STOP_TIMEOUT_MS)
  if (!hasEnded) await killProven(file, clock)
  removeState(home.running)
  return hasEnded ? 'ended' : 'killed'
}

function unproven(home: Home, { pid }: RegionFile): UserError {
  return new UserError(`process ${pid} may be the near region on ${home.directory}, but does not prove it`, {
    help: `If it is (ps -p ${pid}), end it with kill ${pid}; if it is not, remove ${home.running}.`,
  })
}

// It has been watched since it was proven; where the system tells the birth of processes, that is asked again.
async function killProven(file: RegionFile, clock: Clock): Promise<void> {
  if (file.birth === undefined || isProcessOf(file)) process.kill(file.pid, 'SIGKILL')
  if (await untilGone(() => isAlive(file.pid), clock, KILL_TIMEOUT_MS)) return
  throw new UserError(`the near region (pid ${file.pid}) does not end`, {
    help: `The system holds it, perhaps in a disk that does not answer. Look at it with: ps -o stat,wchan -p ${file.pid}`,
  })
}

async function untilGone(isRunning: () => boolean, clock: Clock, timeoutMs: number): Promise<boolean> {
  const deadline = clock.now() + timeoutMs
  while (isRunning()) {
    if (clock.now() > deadline) return false
    await clock.sleep(POLL_MS)
  }
  return true
}
