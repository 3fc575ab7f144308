// Owns how a rule says what a config breaks: in words, at a place of the file, with what to do.
import { problem, type Position, type Problem } from './problem.ts'
import type { Path } from './yaml.ts'

export interface Fault {
  readonly message: string
  readonly path: Path
  /** What to do, where the message does not say so. */
  readonly help?: string
}

/** The problems of values that are not allowed. @param locate where a path of the config stands in its file */
export function invalidValues(faults: readonly Fault[], locate: (path: Path) => Position): Problem[] {
  return faults.map(({ message, path, help }) => problem('invalid-value', message, locate(path), help))
}
