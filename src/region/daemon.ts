// Owns the region as a process in the background: starting it, waiting until it answers, ending it.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { createHome, isAlive, removeState, runningRegion, type Home, type RunningRegion } from './home.ts'

const START_TIMEOUT_MS = 20_000
const STOP_TIMEOUT_MS = 20_000
const POLL_MS = 15
const LOG_TAIL_LINES = 5
// A region makes little garbage: with V8's own choice of 16 MB the young generation would be a third of its memory
// (measured: 196 MB resident with the workshop up, 145 MB like this, at the same speed).
const MEMORY = ['--max-semi-space-size=4']

export interface DaemonOptions {
  readonly home: Home
  readonly clock: Clock
  /** Arguments for `neargate start --foreground`, beside those. */
  readonly args: readonly string[]
}

/** Starts a region in the background and waits until it answers. @throws UserError when it ends instead. */
export async function startDaemon({ home, clock, args }: DaemonOptions): Promise<RunningRegion> {
  createHome(home)
  const logFile = openSync(home.log, 'a', 0o600)
  const program = fileURLToPath(new URL('../../bin/neargate.js', import.meta.url))
  const child = spawn(
    process.execPath,
    [...MEMORY, program, 'start', '--foreground', '--data', home.directory, ...args],
    {
      detached: true,
      stdio: ['ignore', logFile, logFile],
    },
  )
  closeSync(logFile)
  let ended: number | null | undefined
  child.once('exit', (code) => (ended = code))
  child.unref()
  const deadline = clock.now() + START_TIMEOUT_MS
  while (clock.now() < deadline) {
    const running = runningRegion(home)
    if (running && running.pid === child.pid) return running
    if (ended !== undefined)
      throw new UserError(`the near region did not start\n${logTail(home)}`, { help: `Its log: ${home.log}` })
    await clock.sleep(POLL_MS)
  }
  throw new UserError(`the near region did not answer within ${START_TIMEOUT_MS / 1000} s`, {
    help: `Its log: ${home.log}`,
  })
}

function logTail(home: Home): string {
  const lines = readFileSync(home.log, 'utf8').trimEnd().split('\n')
  return lines.slice(-LOG_TAIL_LINES).map(logMessage).join('\n')
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

/** Ends the region that runs on this directory and waits until it has. @returns false when none ran. */
export async function stopDaemon({ home, clock }: Omit<DaemonOptions, 'args'>): Promise<boolean> {
  const running = runningRegion(home)
  if (!running) {
    removeState(home.running)
    return false
  }
  process.kill(running.pid, 'SIGTERM')
  const deadline = clock.now() + STOP_TIMEOUT_MS
  while (isAlive(running.pid)) {
    if (clock.now() > deadline) {
      throw new UserError(`the near region (pid ${running.pid}) does not end`, {
        help: `End it with: kill -9 ${running.pid}`,
      })
    }
    await clock.sleep(POLL_MS)
  }
  removeState(home.running)
  return true
}
