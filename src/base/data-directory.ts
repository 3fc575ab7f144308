// Owns which directory is the program's own.
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The data directory: the one asked for, else NEARGATE_HOME, else `~/.neargate`. */
export function dataDirectory(
  directory: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const chosen = directory ?? environment['NEARGATE_HOME']
  return chosen === undefined || chosen === '' ? join(homedir(), '.neargate') : resolve(chosen)
}
