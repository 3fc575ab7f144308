// Owns the command line of `neargate down`.
import type { Command } from 'commander'

import type { App } from '../app.ts'
import { PATHS_HELP } from '../paths-argument.ts'
import type { DownFlags } from '../run/down.ts'
import type { DownFarFlags } from '../run/down-far.ts'
import { assertFlagsFit, offerTarget, offerYes } from '../target-options.ts'

export function registerDown(program: Command, app: App): void {
  const command = program
    .command('down')
    .description('list what `up` made of these files, remove it in order, and check that nothing is left')
    .argument('[path...]', PATHS_HELP)
    .option(
      '--force',
      'remove load balancers and Fargate profiles in the cluster that somebody else made, too, and a cluster that does not let in',
    )
  offerYes(offerTarget(command)).action(async (paths: readonly string[], flags: DownFlags & DownFarFlags) => {
    assertFlagsFit(flags)
    if (flags.target === 'aws') {
      const { runDownFar } = await import('../run/down-far.ts')
      return runDownFar(app, paths, flags)
    }
    const { runDown } = await import('../run/down.ts')
    await runDown(app, paths, flags)
  })
}
