// Owns the command line of `neargate down`.
import type { Command } from 'commander'

import type { App } from '../app.ts'
import { PATHS_HELP } from '../paths-argument.ts'
import type { DownFlags } from '../run/down.ts'

export function registerDown(program: Command, app: App): void {
  program
    .command('down')
    .description('list what `up` made of these files, remove it in order, and check that nothing is left')
    .argument('[path...]', PATHS_HELP)
    .option(
      '--force',
      'remove load balancers and Fargate profiles in the cluster that somebody else made, too',
    )
    .action(async (paths: readonly string[], flags: DownFlags) => {
      const { runDown } = await import('../run/down.ts')
      await runDown(app, paths, flags)
    })
}
