// Owns logging: one line of JSON an entry, to a sink that the composition root chooses.
import type { Clock } from './clock.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A log that adds these fields to every entry. */
  with(fields: LogFields): Log
}

const severity: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** A log that writes entries at `level` and above to `write`, one JSON line each. */
export function createLog(options: {
  write: (line: string) => void
  clock: Clock
  level?: LogLevel
  fields?: LogFields
}): Log {
  const { write, clock, level = 'info', fields = {} } = options
  const entry =
    (at: LogLevel) =>
    (message: string, extra: LogFields = {}) => {
      if (severity[at] < severity[level]) return
      const time = new Date(clock.now()).toISOString()
      write(`${JSON.stringify({ time, level: at, message, ...fields, ...describe(extra) })}\n`)
    }
  return {
    debug: entry('debug'),
    info: entry('info'),
    warn: entry('warn'),
    error: entry('error'),
    with: (more) => createLog({ ...options, fields: { ...fields, ...more } }),
  }
}

// Errors do not survive JSON.stringify: keep what a reader needs of them.
function describe(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      Error.isError(value) ? (value.stack ?? value.message) : value,
    ]),
  )
}

/** A log that keeps nothing, for tests and libraries. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLog,
}
