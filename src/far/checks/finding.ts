// Owns what a look at AWS beforehand can find.

export interface Finding {
  /** Errors stop `up` before anything is made; warnings are shown. */
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly help: string
}

export function error(message: string, help: string): Finding {
  return { severity: 'error', message, help }
}

export function warning(message: string, help: string): Finding {
  return { severity: 'warning', message, help }
}
