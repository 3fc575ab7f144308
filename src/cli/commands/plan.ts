// Owns `neargate plan`: where each workload will land, what it costs, what will not work. Makes nothing.
import { type Command, Option } from 'commander'

import { UserError } from '../../base/errors.ts'
import type { App } from '../app.ts'
import { CommandFailure } from '../failure.ts'
import { PATHS_HELP } from '../paths-argument.ts'
import { PLAN_FORMATS, type PlanFormat } from '../plan-format.ts'
import { assertFlagsFit, offerTarget, type TargetFlags } from '../target-options.ts'

interface PlanFlags extends TargetFlags {
  readonly json?: true
  readonly format?: PlanFormat
  readonly output?: PlanFormat
  readonly compare?: string
  readonly move?: readonly string[]
  readonly prices?: readonly string[]
  readonly live?: true
  readonly advise?: true
}

export function registerPlan(program: Command, app: App): void {
  const command = program
    .command('plan')
    .description(
      'show where each workload will land, the price and the problems (exit code 1 when there are errors)',
    )
    .argument('[path...]', PATHS_HELP)
    .addOption(new Option('-o, --output <format>', 'how to print it (default: table)').choices(PLAN_FORMATS))
    .addOption(
      new Option('-f, --format <format>', 'the same as -o').choices(PLAN_FORMATS).conflicts('output'),
    )
    .addOption(new Option('--json', 'the same as -o json').conflicts(['output', 'format']))
    .option(
      '--compare <path>',
      'tell what changes against another project, or against what `plan --format json` printed',
    )
    .option(
      '--move <namespace=compute...>',
      'plan as if a namespace ran on fargate or ec2, and tell the difference',
    )
    .option('--advise', 'tell how the same would cost less: smaller sizes, reservations, Spot, Fargate')
    .option('--prices <file...>', 'prices of your own over those that are known')
    .option('--live', 'with --target aws: sign in, and compare with what is there')
  offerTarget(command).action(async (paths: readonly string[], flags: PlanFlags) => {
    const format = flags.json ? 'json' : (flags.output ?? flags.format ?? 'table')
    assertFits(flags, format)
    const { printPlan } = await import('../plan-view.ts')
    const { loadProject } = await import('../../deploy/project.ts')
    const project = loadProject(paths)
    const { engineProspect } = await import('../../region/runtime-choice.ts')
    const errors = await printPlan(app, project, {
      prospect: flags.target === 'aws' ? {} : await engineProspect(app.environment),
      format,
      compare: flags.compare,
      moves: flags.move,
      prices: flags.prices,
      advise: flags.advise,
      target: flags.target,
    })
    if (errors.length > 0) throw new CommandFailure(1)
    if (!flags.live) return
    const { runPlanLive } = await import('../run/plan-live.ts')
    await runPlanLive(app, project, flags)
  })
}

function assertFits(flags: PlanFlags, format: PlanFormat): void {
  assertFlagsFit(flags)
  if (!flags.live || format === 'table' || format === 'wide') return
  throw new UserError(`--live makes no sense with -o ${format}`, { exitCode: 2 })
}
