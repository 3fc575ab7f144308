// Owns `neargate plan`: where each workload will land, what it costs, what will not work. Makes nothing.
import type { Command } from 'commander'

import type { App } from '../app.ts'
import { CommandFailure } from '../failure.ts'

export function registerPlan(program: Command, app: App): void {
  program
    .command('plan')
    .description(
      'show where each workload will land, the price and the problems (exit code 1 when there are errors)',
    )
    .argument(
      '[path...]',
      'files, directories, kustomizations, charts, or - for standard input (default: the current directory)',
    )
    .option('--json', 'print one JSON object')
    .action(async (paths: readonly string[], flags: { readonly json?: true }) => {
      const { planJson, showPlan } = await import('../plan-view.ts')
      const { loadProject } = await import('../project.ts')
      const project = loadProject(paths)
      const errors = flags.json ? planJson(app, project) : showPlan(app, project, { quiet: false })
      if (errors.length > 0) throw new CommandFailure(1)
    })
}
