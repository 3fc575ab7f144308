// Owns the command behind `--` on the command line: what is run once everything is there, and how it ends.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

import { UserError } from '../base/errors.ts'

export interface Split<T> {
  /** The arguments before `--`. */
  readonly own: readonly T[]
  /** The program behind it with its arguments; empty without one. */
  readonly behind: readonly string[]
}

/**
 * Takes the command behind `--` from a command's arguments, which the parser gives as one list.
 * @param typed the whole command line
 */
export function splitBehind(args: readonly string[], typed: readonly string[]): Split<string> {
  const at = typed.indexOf('--')
  const behind = at < 0 ? [] : typed.slice(at + 1)
  return { own: args.slice(0, args.length - behind.length), behind }
}

export interface CommandOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where signals to this process are heard; the command gets them, too, and decides when it ends. */
  readonly signals: Pick<NodeJS.Process, 'on' | 'off'>
}

/** Runs a command with the terminal of this one. @returns its exit code, as a shell has it. @throws UserError when it cannot be run */
export async function runCommand(
  [program = '', ...args]: readonly string[],
  { environment, signals }: CommandOptions,
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...environment } })
  // A terminal sends Ctrl-C to both; what else is sent to this process alone is passed on.
  const passOn = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT') child.kill(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) signals.on(signal, passOn)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(new UserError(`${program} cannot be run: ${error.message}`)))
      child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']))
    })
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) signals.off(signal, passOn)
  }
}
