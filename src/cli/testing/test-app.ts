// Owns the terminal and the program's surroundings as the tests of this folder see them.
import { FakeClock } from '../../base/testing/fake-clock.ts'
import type { Home } from '../../region/home.ts'
import { temporaryHome } from '../../region/testing/test-region-parts.ts'
import type { App } from '../app.ts'
import { createTerminal, type Terminal } from '../output.ts'

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

export interface TestApp extends Captured {
  readonly app: App
  readonly home: Home
}

/** The program on an empty data directory. */
export function testApp(options: CaptureOptions = {}): TestApp {
  const home = temporaryHome()
  const capture = captured(options)
  const environment = { NEARGATE_HOME: home.directory, ...options.environment }
  const app = {
    terminal: capture.terminal,
    environment,
    clock: new FakeClock(),
    workingDirectory: home.directory,
  }
  return { ...capture, app, home }
}
