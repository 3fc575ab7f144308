// Owns `neargate start`: the near region, in the background or, with --foreground, in this process.
import { readFileSync } from 'node:fs'

import { type Command, InvalidArgumentError, Option } from 'commander'

import { messageOf, UserError } from '../../base/errors.ts'
import { clientEnvironment } from '../../region/environment.ts'
import { homeAt } from '../../region/home.ts'
import type { RunningRegion, StartedBy } from '../../region/running.ts'
import { addRegion, connectNear, presentOrStarting, type App } from '../app.ts'
import { runForeground } from '../foreground.ts'
import type { StartOutput } from '../json-outputs.ts'
import { isForPrograms, offerOutput, type OutputFlags, printForPrograms } from '../output.ts'
import { portOption } from '../port-option.ts'
import { builtinOption, uplinkOption, runtimeOption } from '../runtime-option.ts'
import { startRegion } from '../start-region.ts'
import type { RunOptions } from '../../region/region.ts'
import type { RuntimeWish } from '../../region/runtime-choice.ts'

const DEFAULT_REGION = 'us-east-1'

type Pace = 'fast' | 'aws'

interface StartOptions extends OutputFlags {
  readonly foreground?: true
  readonly ephemeral?: true
  readonly port?: number
  readonly data?: string
  readonly region?: string
  readonly pace?: Pace
  readonly awsNames?: true
  /** A file. */
  readonly faults?: string
  /** False with --no-enforce-iam. */
  readonly enforceIam: boolean
  readonly runtime: RuntimeWish
  readonly builtin: NonNullable<RunOptions['builtins']>
  readonly uplink: 'on' | 'off'
  readonly startedBy: StartedBy
}

export function registerStart(program: Command, app: App): void {
  const command = program
    .command('start')
    .description('start the near region: an AWS endpoint on this machine, with what it held before')
    .option('--foreground', 'run in this process and log to standard error, until it is interrupted')
    .addOption(portOption())
    .option('--data <dir>', 'data directory (default: NEARGATE_HOME or ~/.neargate)')
    .option('--ephemeral', 'keep everything in memory and forget it at the end')
    .option(
      '--region <name>',
      `AWS region to be, added to those of the data directory (default ${DEFAULT_REGION}, or what it holds)`,
    )
    .option('--pace <pace>', 'fast (the default), or aws to take as long as AWS does', parsePace)
    .option('--aws-names', "serve AWS's own host names too, by a proxy that `neargate env` names")
    .option('--faults <file>', 'let AWS calls fail as a file says; it replaces those of a region that runs')
    .option('--no-enforce-iam', 'let every key do everything, whatever IAM policies say')
    .addOption(runtimeOption())
    .addOption(builtinOption())
    .addOption(uplinkOption())
    .addOption(new Option('--started-by <command>').default('start').hideHelp())
  offerOutput(command).action(async (options: StartOptions, command: Command) => {
    if (options.foreground && isForPrograms(options)) {
      throw new UserError('--foreground logs until it is interrupted: nothing is printed for programs', {
        exitCode: 2,
      })
    }
    if (options.foreground) return runForeground(app, await settingsOf(app, options))
    // A port of the environment is a wish for a region that starts, not a claim about one that runs.
    return runBackground(app, { ...options, isPortAsked: command.getOptionValueSource('port') === 'cli' })
  })
}

function parsePace(text: string): Pace {
  if (text !== 'fast' && text !== 'aws') throw new InvalidArgumentError('it is one of: fast, aws')
  return text
}

interface BackgroundOptions extends StartOptions {
  readonly isPortAsked: boolean
}

async function runBackground(app: App, options: BackgroundOptions): Promise<void> {
  // Before anything starts: a file that cannot be used starts nothing.
  const faults = options.faults === undefined ? undefined : await readFaults(options.faults)
  const home = homeAt(options.data, app.environment)
  const present = await presentOrStarting(home)
  if (present) assertAsAsked(present, options)
  const running =
    present ?? (await startRegion(app, { home, args: passedOn(options), runtime: options.runtime }))
  if (!present) assertAsAsked(running, options)
  const added = await addAsked(app, options)
  const disturbed = await disturb(app, options, faults)
  if (isForPrograms(options)) {
    const value = await startedOutput(app, options, !present)
    await printForPrograms(app, options, { command: 'start', value, names: [`region/${value.region}`] })
    return
  }
  if (disturbed) app.terminal.out(`AWS calls fail there as ${options.faults} says`)
  if (present) {
    app.terminal.out(
      added === undefined
        ? `the near region runs already at ${present.endpoint} (pid ${present.pid})`
        : `the near region ${added} has been added at ${present.endpoint} (pid ${present.pid})\npoint your tools at it with: eval "$(neargate env --region ${added})"`,
    )
    return
  }
  app.terminal.out(
    `the near region runs at ${running.endpoint} (pid ${running.pid}), data in ${home.directory}`,
  )
  if (running.runtime) app.terminal.out(`what runs pods: ${running.runtime}`)
  app.terminal.out('point your tools at it with: eval "$(neargate env)"')
}

async function startedOutput(
  app: App,
  { data, region }: BackgroundOptions,
  started: boolean,
): Promise<StartOutput> {
  const { running, identity, home } = await connectNear(app, { directory: data, region })
  const { endpoint, pid, proxy } = running
  const environment = clientEnvironment({ endpoint, proxy, identity, home })
  return { started, data: home.directory, endpoint, pid, region: identity.region, environment }
}

/** The text of a file of faults. @throws UserError when it cannot be read, or holds none */
async function readFaults(file: string): Promise<string> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  await faultsIn(text, file)
  return text
}

// Loaded by need: reading YAML takes as long as starting the program.
async function faultsIn(text: string, file: string): Promise<NonNullable<RunOptions['faults']>> {
  const { parseFaults } = await import('../../aws/faults/fault.ts')
  return parseFaults(text, file)
}

/** @returns whether there are faults now */
async function disturb(
  app: App,
  { data, faults: file = '' }: StartOptions,
  text: string | undefined,
): Promise<boolean> {
  if (text === undefined) return false
  const { admin } = await connectNear(app, { directory: data })
  await admin.setFaults(text, file)
  return true
}

/** Adds the region that was asked for. @returns its name; undefined when it was there */
async function addAsked(app: App, { region, data }: BackgroundOptions): Promise<string | undefined> {
  if (region === undefined) return undefined
  const near = await connectNear(app, { directory: data })
  if ((await near.admin.regions()).includes(region)) return undefined
  await addRegion(near, region)
  return region
}

/** What runs must be what was asked for, as far as anything was. @throws UserError when it is not. */
function assertAsAsked(present: RunningRegion, options: BackgroundOptions): void {
  const { port, isPortAsked, pace, ephemeral, awsNames, enforceIam } = options
  const runningPort = Number(new URL(present.endpoint).port)
  const differences = [
    isPortAsked && port !== 0 && port !== runningPort && `listens on port ${runningPort}, not ${port}`,
    pace !== undefined && paceFactor(pace) !== present.pace && `does not keep the pace ${pace}`,
    ephemeral && !present.ephemeral && 'is not ephemeral',
    awsNames && present.proxy === undefined && "does not serve AWS's names",
    !enforceIam && present.enforcesIam && 'enforces IAM policies',
  ].filter((difference) => typeof difference === 'string')
  if (differences.length === 0) return
  throw new UserError(
    `a near region runs on ${present.directory} (pid ${present.pid}), and it ${differences.join(' and ')}`,
    { help: 'Stop it with `neargate stop`, or give the other one a directory of its own with --data DIR.' },
  )
}

function paceFactor(pace: Pace | undefined): number {
  return pace === 'aws' ? 1 : 0
}

function passedOn({
  port,
  region,
  pace,
  ephemeral,
  awsNames,
  enforceIam,
  runtime,
  builtin,
  uplink,
}: StartOptions): readonly string[] {
  return [
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(region === undefined ? [] : ['--region', region]),
    ...(ephemeral ? ['--ephemeral'] : []),
    ...(pace === undefined ? [] : ['--pace', pace]),
    ...(awsNames ? ['--aws-names'] : []),
    ...(enforceIam ? [] : ['--no-enforce-iam']),
    '--runtime',
    runtime,
    '--builtin',
    builtin,
    '--uplink',
    uplink,
  ]
}

async function settingsOf(app: App, options: StartOptions): Promise<Parameters<typeof runForeground>[1]> {
  const {
    data,
    ephemeral,
    region,
    port,
    pace,
    startedBy,
    awsNames = false,
    faults,
    enforceIam,
    runtime,
    builtin,
    uplink,
  } = options
  return {
    home: homeAt(data, app.environment),
    ephemeral: ephemeral === true,
    defaultRegion: DEFAULT_REGION,
    ...(region === undefined ? {} : { region }),
    ...(port === undefined ? {} : { port }),
    pace: paceFactor(pace),
    awsNames,
    ...(faults === undefined ? {} : { faults: await faultsIn(await readFaults(faults), faults) }),
    enforceIam,
    runtime,
    builtins: builtin,
    uplink: uplink === 'on',
    startedBy,
  }
}
