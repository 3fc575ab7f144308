// Owns the program's surroundings as the tests of this folder see them.
import { FakeClock } from '../../base/testing/fake-clock.ts'
import type { Home } from '../../region/home.ts'
import { temporaryHome } from '../../region/testing/test-region-parts.ts'
import type { App } from '../app.ts'
import { captured, type Captured, type CaptureOptions } from '../../terminal/testing/captured.ts'

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
