// Owns `neargate start`: the near region, in the background or, with --foreground, in this process.
import { type Command, InvalidArgumentError } from 'commander'

import { createLog } from '../../base/log.ts'
import { startDaemon } from '../../region/daemon.ts'
import { homeAt, runningRegion } from '../../region/home.ts'
import type { App } from '../app.ts'

const DEFAULT_REGION = 'us-east-1'

interface StartOptions {
  readonly foreground?: true
  readonly ephemeral?: true
  readonly port?: number
  readonly data?: string
  readonly region?: string
  readonly pace: 'fast' | 'aws'
  readonly startedBy: 'start' | 'up'
}

export function registerStart(program: Command, app: App): void {
  program
    .command('start')
    .description('start the near region: an AWS endpoint on this machine, with what it held before')
    .option('--foreground', 'run in this process and log to standard error, until it is interrupted')
    .option('--port <port>', 'port of the AWS endpoint (default 4566; 0 takes a free one)', parsePort)
    .option('--data <dir>', 'data directory (default: NEARGATE_HOME or ~/.neargate)')
    .option('--ephemeral', 'keep everything in memory and forget it at the end')
    .option(
      '--region <name>',
      `AWS region to be (default ${DEFAULT_REGION}, or what the data directory holds)`,
    )
    .option('--pace <pace>', 'fast, or aws to take as long as AWS does', parsePace, 'fast')
    .option('--started-by <command>', 'what started it', 'start')
    .action((options: StartOptions) =>
      options.foreground ? runForeground(app, options) : runBackground(app, options),
    )
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('a port is a number from 0 to 65535')
  return port
}

function parsePace(text: string): 'fast' | 'aws' {
  if (text !== 'fast' && text !== 'aws') throw new InvalidArgumentError('it is one of: fast, aws')
  return text
}

async function runBackground(app: App, options: StartOptions): Promise<void> {
  const home = homeAt(options.data, app.environment)
  const present = runningRegion(home)
  if (present) {
    app.terminal.out(`the near region runs already at ${present.endpoint} (pid ${present.pid})`)
    return
  }
  const running = await startDaemon({ home, clock: app.clock, args: passedOn(options) })
  app.terminal.out(
    `the near region runs at ${running.endpoint} (pid ${running.pid}), data in ${home.directory}`,
  )
  app.terminal.out('point your tools at it with: eval "$(neargate env)"')
}

function passedOn({ port, region, pace, ephemeral }: StartOptions): readonly string[] {
  return [
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(region === undefined ? [] : ['--region', region]),
    ...(ephemeral ? ['--ephemeral'] : []),
    '--pace',
    pace,
  ]
}

async function runForeground(app: App, options: StartOptions): Promise<void> {
  // The region is a large part of the program: the other commands do without it.
  const { startRegion } = await import('../../region/region.ts')
  const log = createLog({ write: (line) => app.terminal.error(line), clock: app.clock })
  const region = await startRegion({
    home: homeAt(options.data, app.environment),
    ephemeral: options.ephemeral === true,
    defaultRegion: DEFAULT_REGION,
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.port === undefined ? {} : { port: options.port }),
    pace: options.pace === 'aws' ? 1 : 0,
    startedBy: options.startedBy,
    log,
    clock: app.clock,
  })
  await untilInterrupted()
  await region.stop()
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    // Signal handlers do not keep a process alive; the listening sockets of the region do.
  })
}
