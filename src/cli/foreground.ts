// Owns the life of a region in this process: from its start to the signal that ends it, and the last resort.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeSync } from 'node:fs'

import { createLog, type Log } from '../base/log.ts'
import { messageOf } from '../base/errors.ts'
import { userErrorOf } from '../base/user-error-of.ts'
import type { RunOptions } from '../region/region.ts'
import { TakenError } from '../region/running.ts'
import { KEEP_SIGNAL, regionProgram } from '../region/daemon.ts'
import { sendReport } from '../region/start-report.ts'
import type { App } from './app.ts'
import { printFailure } from '../terminal/terminal.ts'

// Each part of a region has a deadline of its own when it ends; this is for what even those do not catch.
const LAST_RESORT_MS = 19_000
const SIGNALS = ['SIGINT', 'SIGTERM', KEEP_SIGNAL] as const

/** Runs a region until this process is told to end, and exits then: whatever still runs does not hold it up. */
export async function runForeground(
  app: App,
  settings: Omit<RunOptions, 'log' | 'clock' | 'environment' | 'onProgress'>,
): Promise<never> {
  const log = createLog({ write: lineWriter(), clock: app.clock })
  try {
    await elsewhere(app, settings.runtime)
    // The region is a large part of the program: the other commands do without it.
    const { runRegion } = await import('../region/region.ts')
    const region = await runRegion({
      ...settings,
      log,
      clock: app.clock,
      environment: app.environment,
      onProgress: (phase) => void sendReport({ kind: 'progress', phase }),
    })
    // Whoever is told that it runs may end it at once.
    const interrupted = untilInterrupted()
    await sendReport({ kind: 'running' })
    const signal = await interrupted
    await endWithin(region.stop({ keepsContainers: signal === KEEP_SIGNAL }), app, log)
    return process.exit(0)
  } catch (error) {
    printFailure(app.terminal, error)
    await sendReport(failureOf(error))
    return process.exit(1)
  }
}

/** Has the region run where its pods can, in a process that ends with this one; returns where this process is at its place. */
async function elsewhere({ environment }: App, runtime: string | undefined): Promise<void> {
  // One in the background was started at its place, and reports to who has started it.
  if (process.connected) return
  const here = regionProgram()
  const { programAtEngine } = await import('../region/way-to-engine.ts')
  const there = await programAtEngine(here, runtime, { environment })
  if (there === here) return
  // In a session of its own a terminal interrupts this process alone, and the region is told once.
  const child = spawn(there.command, [...there.args, ...process.argv.slice(2)], {
    stdio: 'inherit',
    detached: true,
  })
  for (const signal of SIGNALS) process.on(signal, () => void child.kill(signal))
  const [code] = (await once(child, 'close')) as [number | null]
  process.exit(code ?? 1)
}

// Into the log file, or what stands in its place. A full disk, or a reader that went away, must not end the region.
function lineWriter(): (line: string) => void {
  let isTorn = false
  return (line) => {
    const bytes = Buffer.from(isTorn ? `\n${line}` : line)
    try {
      // A disk that fills up takes a part of the line: the next one must not go on behind it.
      isTorn = writeSync(process.stderr.fd, bytes) < bytes.length
    } catch {
      // There is nowhere left to say so.
    }
  }
}

function failureOf(error: unknown): Parameters<typeof sendReport>[0] {
  const told = userErrorOf(error)
  const help = told?.help
  const isTaken = error instanceof TakenError
  return {
    kind: 'failed',
    message: told?.message ?? messageOf(error),
    isTaken,
    ...(help === undefined ? {} : { help }),
  }
}

function untilInterrupted(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, resolve)
    // Signal handlers do not keep a process alive; the listening sockets of the region do.
  })
}

async function endWithin(ended: Promise<void>, { clock }: App, log: Log): Promise<void> {
  const overdue = clock.after(LAST_RESORT_MS, () => {
    log.error('the near region did not end in time: exiting', { limitMs: LAST_RESORT_MS })
    process.exit(1)
  })
  await ended
  overdue.cancel()
}
