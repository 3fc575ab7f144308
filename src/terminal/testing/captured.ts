// Owns a terminal that keeps what is written to it, for tests.
import { createTerminal, type Terminal } from '../terminal.ts'

export interface Captured {
  readonly terminal: Terminal
  /** Everything written so far. */
  readonly out: () => string
  readonly error: () => string
}

export interface CaptureOptions {
  /** Which streams are terminals; none by default. */
  readonly tty?: { readonly out?: boolean; readonly error?: boolean }
  readonly columns?: number
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** A terminal that keeps what is written to it. */
export function captured({ tty = {}, columns, environment = {} }: CaptureOptions = {}): Captured {
  const written = { out: '', error: '' }
  const stream = (name: 'out' | 'error') => ({
    write: (text: string) => {
      written[name] += text
      return true
    },
    isTTY: tty[name] === true,
    ...(columns === undefined ? {} : { columns }),
  })
  return {
    terminal: createTerminal({ out: stream('out'), error: stream('error') }, environment),
    out: () => written.out,
    error: () => written.error,
  }
}
