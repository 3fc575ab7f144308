// Owns the command line of `neargate import`.
import type { Command } from 'commander'

import type { App } from '../app.ts'
import type { ImportFlags } from '../run/import.ts'
import { assertFlagsFit, offerTarget } from '../target-options.ts'

export function registerImport(program: Command, app: App): void {
  const command = program
    .command('import')
    .description('read a cluster that runs, near or on AWS, into a ClusterConfig and manifests, and price it')
    .argument('<cluster>', 'its name')
    .requiredOption('-o, --output <directory>', 'where to write; it has to be empty, or not there')
    .option('--region <name>', 'its region (default: AWS_REGION, or the first one of the data directory)')
  offerTarget(command).action(async (cluster: string, flags: ImportFlags) => {
    assertFlagsFit(flags)
    const { runImport } = await import('../run/import.ts')
    await runImport(app, cluster, flags)
  })
}
