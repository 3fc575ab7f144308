// Owns the program: its commands, its exit codes, and the last line of defence against a stack trace.
import '../base/older-node.ts'
import { Command, CommanderError } from 'commander'

import { systemClock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import type { App } from './app.ts'
import { askAt } from './ask.ts'
import { endWithReader } from './closed-pipe.ts'
import { registerCompletion } from './commands/completion.ts'
import { registerDns } from './commands/dns.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerDown } from './commands/down.ts'
import { registerEnv } from './commands/env.ts'
import { registerExport } from './commands/export.ts'
import { registerExplain } from './commands/explain.ts'
import { registerImport } from './commands/import.ts'
import { registerKubeconfig } from './commands/kubeconfig.ts'
import { registerLogs } from './commands/logs.ts'
import { registerMcp } from './commands/mcp.ts'
import { registerNetwork } from './commands/network.ts'
import { registerPlan } from './commands/plan.ts'
import { registerPrices } from './commands/prices.ts'
import { registerStart } from './commands/start.ts'
import { registerStatus } from './commands/status.ts'
import { registerStop } from './commands/stop.ts'
import { registerToken } from './commands/token.ts'
import { registerUp } from './commands/up.ts'
import { examplesHelp } from './examples.ts'
import { CommandFailure } from './failure.ts'
import { createTerminal, printFailure } from '../terminal/terminal.ts'
import { version } from './version.ts'

const OK = 0
const WRONG_USAGE = 2

/** Commands that look at no region. */
const WITHOUT_DATA = new Set(['export', 'plan', 'version', 'completion'])

/** Runs the program. @returns the exit code: 0 ok, 1 failed, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = createTerminal({ out: process.stdout, error: process.stderr }, process.env)
  const exit = (code: number): void => process.exit(code)
  endWithReader(process.stdout, { exit, tell: (error) => printFailure(terminal, error) })
  // There is nowhere left to tell it.
  endWithReader(process.stderr, { exit, tell: () => undefined })
  const environment = { ...process.env }
  const ask = askAt(process.stdin, process.stderr, environment)
  const app: App = {
    terminal,
    environment,
    clock: systemClock,
    workingDirectory: process.cwd(),
    ...(ask && { ask: (question: string) => terminal.hold(() => ask(question)) }),
  }
  return runCommandLine(app, environment, args)
}

/** Runs a command line in its surroundings. @returns the exit code */
async function runCommandLine(
  app: App,
  environment: Record<string, string | undefined>,
  args: readonly string[],
): Promise<number> {
  try {
    await createProgram(app, environment).parseAsync([...args], { from: 'user' })
    return OK
  } catch (error) {
    // Commander has printed what was wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? OK : WRONG_USAGE
    if (error instanceof CommandFailure) return error.exitCode
    printFailure(app.terminal, error)
    return error instanceof UserError ? error.exitCode : 1
  }
}

/** @param environment that of the app, which `--data` of a command is written into before it runs */
export function createProgram(app: App, environment: Record<string, string | undefined>): Command {
  const program = new Command('neargate')
    .description('EKS with Fargate, near you: builds EKS clusters from eksctl files, on this machine.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help')
    // Descriptions are wrapped down to this width, beside flags of 30 characters.
    // What a command takes is told by its own help; beside it here there would be no room for what it does.
    .configureHelp({ minWidthToWrap: 24, subcommandTerm: (command) => command.name() })
    .showHelpAfterError('(see neargate --help)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => app.terminal.out(text),
      writeErr: (text) => app.terminal.error(text),
    })
  const registrations = [
    registerUp,
    registerPlan,
    registerDown,
    registerExport,
    registerImport,
    registerNetwork,
    registerStart,
    registerStop,
    registerStatus,
    registerExplain,
    registerLogs,
    registerDoctor,
    registerEnv,
    registerDns,
    registerKubeconfig,
    registerToken,
    registerPrices,
    registerCompletion,
    (parent: Command, at: App) => registerMcp(parent, at, runCommandLine),
  ]
  for (const register of registrations) register(program, app)
  program
    .command('version')
    .description('print the version')
    .action(() => app.terminal.out(version()))
  for (const command of program.commands) {
    command
      .copyInheritedSettings(program)
      .showHelpAfterError(`(see neargate ${command.name()} --help)`)
      .addHelpText('after', examplesHelp(command.name(), app.terminal.columns))
    if (!WITHOUT_DATA.has(command.name())) offerData(command, environment)
  }
  return program
}

/** Every command that works on a data directory takes `--data`, as if NEARGATE_HOME were that directory. */
function offerData(command: Command, environment: Record<string, string | undefined>): void {
  if (command.options.every(({ long }) => long !== '--data'))
    command.option('--data <dir>', 'data directory (default: NEARGATE_HOME or ~/.neargate)')
  command.hook('preAction', () => {
    const { data } = command.opts<{ readonly data?: string }>()
    if (data !== undefined) environment['NEARGATE_HOME'] = data
  })
}
