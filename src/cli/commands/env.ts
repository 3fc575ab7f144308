// Owns `neargate env`: shell lines that point AWS and Kubernetes tools at the near region.
import { type Command, Option } from 'commander'

import { clientEnvironment } from '../../region/environment.ts'
import { connectNear, type App, type Near } from '../app.ts'
import { offerOutput, type OutputFlags, printForPrograms } from '../output.ts'

interface EnvOptions extends OutputFlags {
  readonly region?: string
  readonly unset?: true
  readonly format: 'shell' | 'dotenv'
}

export function registerEnv(program: Command, app: App): void {
  const command = program
    .command('env')
    .description(
      'print shell lines that point aws, eksctl, kubectl, helm and SDKs here: eval "$(neargate env)"',
    )
    .option('--region <name>', 'one of the regions there (default: the first one)')
    .option('--unset', 'print the lines that undo it')
    .addOption(
      new Option(
        '--format <format>',
        'shell lines, or NAME=value as $GITHUB_ENV and docker --env-file take it',
      )
        .choices(['shell', 'dotenv'])
        .default('shell'),
    )
  offerOutput(command).action(async (options: EnvOptions) => {
    const variables = variablesOf(await connectNear(app, options))
    const names = Object.keys(variables)
    if (await printForPrograms(app, options, { command: 'env', value: variables, names })) return
    if (options.format === 'dotenv') app.terminal.out(assignmentsOf(variables).join('\n'))
    else if (options.unset) app.terminal.out(`unset ${Object.keys(variables).join(' ')}`)
    else app.terminal.out([...leftovers(app), ...exportsOf(variables)].join('\n'))
  })
}

// With the region's keys they would make no sense, and a profile may name an endpoint of its own.
const OTHERS = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN']

/** The line that takes away what the shell has of another account. */
function leftovers({ environment }: App): readonly string[] {
  const present = OTHERS.filter((name) => environment[name] !== undefined)
  return present.length === 0 ? [] : [`unset ${present.join(' ')}`]
}

function exportsOf(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`)
}

// Their values are paths, URLs, names and keys: none has a line break, the only thing that this format cannot say.
function assignmentsOf(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`)
}

function variablesOf({ running, identity, home }: Near): Readonly<Record<string, string>> {
  return clientEnvironment({ endpoint: running.endpoint, proxy: running.proxy, identity, home })
}

// Single quotes keep everything but a single quote.
function quote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}
