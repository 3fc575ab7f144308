import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

import { expect, it, onTestFinished } from 'vitest'

import type { Home } from '../region/home.ts'
import { temporaryHome } from '../region/testing/test-region-parts.ts'

const MODULE = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)

// A region in a process of its own, as the program runs it; a handle is left open that would keep it alive for ever.
const PROGRAM = `
  import { systemClock } from ${MODULE('../base/clock.ts')}
  import { runForeground } from ${MODULE('foreground.ts')}
  import { createTerminal } from ${MODULE('../terminal/terminal.ts')}
  import { homeAt } from ${MODULE('../region/home.ts')}
  const terminal = createTerminal({ out: process.stdout, error: process.stderr }, process.env)
  const app = { terminal, environment: process.env, clock: systemClock, workingDirectory: '/' }
  setInterval(() => undefined, 1000)
  await runForeground(app, {
    home: homeAt(process.argv[1], {}),
    ephemeral: true,
    defaultRegion: process.argv[2],
    region: process.argv[2],
    port: 0,
    pace: 0,
    startedBy: 'start',
  })
`

function launch(home: Home, region: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, home.directory, region], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const reports: { readonly kind: string }[] = []
  child.on('message', (report) => reports.push(report as { readonly kind: string }))
  let log = ''
  child.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
  return { child, reports, log: () => log, ended: once(child, 'close') as Promise<[number | null]> }
}

it.each(['SIGTERM', 'SIGINT'] as const)(
  'ends in good order at %s, whatever keeps the process alive',
  async (signal) => {
    const home = temporaryHome()
    const { child, reports, log, ended } = launch(home, 'eu-west-1')
    await expect.poll(() => reports.at(-1)?.kind, { timeout: 20_000 }).toBe('running')
    expect(existsSync(home.running)).toBe(true)
    child.kill(signal)
    expect(await ended).toEqual([0, null])
    expect(log()).toContain('the near region has stopped')
    expect(existsSync(home.running)).toBe(false)
  },
)

it('tells who started it why it does not start, and ends', async () => {
  const { reports, log, ended } = launch(temporaryHome(), 'mars-1')
  expect({ ended: await ended, log: log() }).toMatchObject({ ended: [1, null] })
  expect(reports).toEqual([
    {
      kind: 'failed',
      message: 'the region mars-1 is not an AWS region',
      help: 'Take one such as us-east-1 or eu-west-1.',
      isTaken: false,
    },
  ])
  expect(log()).toContain('error: the region mars-1 is not an AWS region')
})
