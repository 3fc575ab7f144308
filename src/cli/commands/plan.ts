// Owns `neargate plan`: where each workload will land, what it costs, what will not work. Makes nothing.
import { type Command, Option } from 'commander'

import type { App } from '../app.ts'
import { CommandFailure } from '../failure.ts'
import { PATHS_HELP } from '../paths-argument.ts'
import type { PlanTarget } from '../../plan/plan.ts'
import { PLAN_FORMATS, type PlanFormat } from '../plan-format.ts'

export function registerPlan(program: Command, app: App): void {
  program
    .command('plan')
    .description(
      'show where each workload will land, the price and the problems (exit code 1 when there are errors)',
    )
    .argument('[path...]', PATHS_HELP)
    .addOption(new Option('-f, --format <format>', 'how to print it').choices(PLAN_FORMATS).default('table'))
    .option('--json', 'the same as --format json')
    .addOption(
      new Option('--target <where>', 'what to plan for: a near region, or AWS itself')
        .choices(['near', 'aws'])
        .default('near'),
    )
    .option(
      '--compare <path>',
      'tell what changes against another project, or against what `plan --format json` printed',
    )
    .option(
      '--move <namespace=compute...>',
      'plan as if a namespace ran on fargate or ec2, and tell the difference',
    )
    .option('--prices <file...>', 'prices of your own over those that are known')
    .action(
      async (
        paths: readonly string[],
        flags: {
          readonly json?: true
          readonly format: PlanFormat
          readonly compare?: string
          readonly move?: readonly string[]
          readonly prices?: readonly string[]
          readonly target: PlanTarget
        },
      ) => {
        const { printPlan } = await import('../plan-view.ts')
        const { loadProject } = await import('../../deploy/project.ts')
        const format = flags.json ? 'json' : flags.format
        const errors = printPlan(app, loadProject(paths), {
          format,
          compare: flags.compare,
          moves: flags.move,
          prices: flags.prices,
          target: flags.target,
        })
        if (errors.length > 0) throw new CommandFailure(1)
      },
    )
}
