// Owns the command line of `neargate export`.
import type { Command } from 'commander'

import type { App } from '../app.ts'
import { PATHS_HELP } from '../paths-argument.ts'

export function registerExport(program: Command, app: App): void {
  program
    .command('export')
    .description(
      'write what `up --target aws` would send as files: CloudFormation templates, manifests, and the calls',
    )
    .argument('[path...]', PATHS_HELP)
    .requiredOption('-o, --output <directory>', 'where to write; it has to be empty, or not there')
    .action(async (paths: readonly string[], flags: { readonly output: string }) => {
      const { runExport } = await import('../run/export.ts')
      runExport(app, paths, flags)
    })
}
