// Owns how a line of the region's log reads: time, level, what happened, and with what.
import { isObject } from '../base/json.ts'
import type { Look } from '../terminal/terminal.ts'

/** From the least grave on. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const

export type Level = (typeof LEVELS)[number]

const COLOURS = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const

/** A line for a person; undefined when it is less grave than asked for. What is no entry stays as it is. */
export function lineForPeople(line: string, least: Level, look: Look): string | undefined {
  const entry = parsed(line)
  if (!entry) return line
  const { time = '', level: said, message = '', ...fields } = entry
  const level = LEVELS.find((each) => each === said) ?? 'info'
  if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return undefined
  const details = Object.entries(fields).map(([name, value]) => `${name}=${textOf(value)}`)
  return [
    textOf(time).replace(/^.*T(.*)\.\d+Z$/, '$1'),
    look.paint(COLOURS[level], level.padEnd(5)),
    textOf(message),
    look.paint('dim', details.join(' ')),
  ]
    .join(' ')
    .trimEnd()
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
