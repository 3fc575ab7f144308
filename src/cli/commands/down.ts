// Owns the command line of `neargate down`.
import type { Command } from 'commander'

import type { App } from '../app.ts'

export function registerDown(program: Command, app: App): void {
  program
    .command('down')
    .description('remove everything that `up` made of these files, in order, and check that nothing is left')
    .argument('[path...]', 'files and directories (default: the current directory)')
    .action(async (paths: readonly string[]) => {
      const { runDown } = await import('../run/down.ts')
      await runDown(app, paths)
    })
}
