// Owns `neargate completion`: the script that lets a shell complete commands and options.
import { Argument, type Command } from 'commander'

import type { App } from '../app.ts'
import { completionScript, SHELLS, type Shell } from '../completion.ts'

export function registerCompletion(program: Command, app: App): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => app.terminal.out(completionScript(shell, program)))
}
