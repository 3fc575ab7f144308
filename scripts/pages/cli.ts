// Owns the text of docs/reference/cli.md: every command with its arguments, options and examples, from the program itself.
import type { Command, Option } from 'commander'

import { systemClock } from '../../src/base/clock.ts'
import { EXAMPLES } from '../../src/cli/examples.ts'
import { createProgram } from '../../src/cli/main.ts'
import { createTerminal } from '../../src/terminal/terminal.ts'

/** The program as it is for whoever asks for its help; it is not run. */
function program(): Command {
  const terminal = createTerminal({ out: process.stdout, error: process.stderr }, {})
  return createProgram({ terminal, environment: {}, clock: systemClock, workingDirectory: '/' }, {})
}

function leaves(parent: Command, before = ''): readonly (readonly [name: string, command: Command])[] {
  return parent.commands.flatMap((command) => {
    const name = `${before}${command.name()}`
    return command.commands.length > 0 ? leaves(command, `${name} `) : [[name, command] as const]
  })
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

function optionRow({ flags, description, defaultValue, argChoices, envVar }: Option): string {
  const choices = argChoices ? ` One of: ${argChoices.join(', ')}.` : ''
  // What is off unless given, and what has no default, are told apart by nobody.
  const given =
    defaultValue === undefined || defaultValue === false ? '' : ` Default: ${String(defaultValue)}.`
  const variable = envVar === undefined ? '' : ` Or by the variable ${envVar}.`
  const more = `${choices}${given}${variable}`
  const text = more === '' ? description : `${description.replace(/\.$/, '')}.${more}`
  return `| \`${flags.replaceAll('|', '\\|')}\` | ${cell(text)} |`
}

/** A row for each variable that stands in for an option. */
function variableRows(commands: readonly (readonly [string, Command])[]): string[] {
  const options = commands
    .flatMap(([, command]) => command.options)
    .filter(({ envVar }) => envVar !== undefined)
  const byName = new Map(options.map((option) => [option.envVar, option]))
  return [...byName].map(
    ([name, { long }]) => `| \`${name}\` | What \`${long}\` says, where it is not given. |`,
  )
}

function section([name, command]: readonly [string, Command]): string {
  const args = command.registeredArguments.map((argument) => {
    const shown = argument.variadic ? `${argument.name()}...` : argument.name()
    return `| \`${(argument.required ? `<${shown}>` : `[${shown}]`).replaceAll('|', '\\|')}\` | ${cell(argument.description)} |`
  })
  const rows = [...args, ...command.options.map(optionRow)]
  const examples = EXAMPLES[command.name()] ?? EXAMPLES[name.split(' ')[0] ?? ''] ?? []
  const words = command.registeredArguments.map((each) =>
    each.required ? `<${each.name()}>` : `[${each.name()}]`,
  )
  const usage = ['neargate', name, ...words, ...(command.options.length > 0 ? ['[options]'] : [])].join(' ')
  return [
    `## neargate ${name}\n`,
    `${sentence(command.description())}\n`,
    `\`\`\`text\n${usage}\n\`\`\`\n`,
    ...(rows.length > 0 ? ['| argument or option | meaning |\n|---|---|', `${rows.join('\n')}\n`] : []),
    ...(examples.length > 0
      ? [`\`\`\`text\n${examples.map(([line, does]) => `# ${does}\n${line}`).join('\n')}\n\`\`\`\n`]
      : []),
  ].join('\n')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** The text of docs/reference/cli.md. */
export function cliMarkdown(): string {
  const commands = leaves(program())
  return [
    '# Command line\n',
    'Every command of `neargate`, with its options. This page is written by `npm run docs` from the program itself;',
    '`neargate help COMMAND` prints the same.\n',
    commands.map(([name]) => `[${name}](#neargate-${name.replaceAll(' ', '-')})`).join(' · '),
    '',
    '## Exit codes\n',
    '| code | meaning |\n|---|---|',
    '| 0 | Done. `plan` found no errors; warnings do not count. |',
    '| 1 | Failed, or `plan` found errors, or no region runs (`status`). Standard error says what happened, why, and what to do. |',
    '| 2 | Wrong usage: a command, an option or a value that there is not. |',
    '| 130 | Interrupted (Ctrl-C). What was begun goes on in the region; the same command goes on from there. |\n',
    '## Environment\n',
    '| variable | meaning |\n|---|---|',
    '| `NEARGATE_HOME` | The data directory, where `--data` is not given; without both, `~/.neargate`. |',
    ...variableRows(commands),
    '| `NO_COLOR`, `FORCE_COLOR` | No colors, or colors although the output is no terminal. |\n',
    '`--target aws` reads what every AWS program reads besides: `AWS_PROFILE`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_MAX_ATTEMPTS` and so on.\n',
    commands.map(section).join('\n'),
  ].join('\n')
}
