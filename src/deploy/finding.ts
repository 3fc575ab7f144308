// Owns what a look at the account beforehand can find.

import { messageOf } from '../base/errors.ts'

export interface Finding {
  /** Errors stop `up` before anything is made; warnings are shown. */
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly help: string
}

/** What went wrong with a look that only helps, in one line. */
export function lineOf(cause: unknown): string {
  return messageOf(cause).split('\n')[0] ?? ''
}

export function error(message: string, help: string): Finding {
  return { severity: 'error', message, help }
}

export function warning(message: string, help: string): Finding {
  return { severity: 'warning', message, help }
}
