// Owns the question whether a program can be run by its name.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** True when a directory of PATH has the program. */
export function onPath(program: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  const directories = (environment['PATH'] ?? '').split(delimiter)
  return directories.some((directory) => directory !== '' && existsSync(join(directory, program)))
}
