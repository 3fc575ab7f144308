// Owns the course of `neargate up --target aws`: plan, sign in, look, ask, build, and the account of it.
import { UserError } from '../../base/errors.ts'
import type { Project } from '../../config/project.ts'
import { configOf, loadProject, manifestsOf } from '../../deploy/project.ts'
import { NO_CONSENT } from '../../deploy/stack-plan.ts'
import type { DeployedCluster } from '../../deploy/up-result.ts'
import type { AwsTarget } from '../../far/aws-target.ts'
import { upFar } from '../../far/deploy.ts'
import { farKubeconfigPath, saveFarKubeconfig, userKubeconfigPath } from '../../far/kubeconfig.ts'
import type { Plan } from '../../plan/plan.ts'
import { createProgressView, quietView } from '../../terminal/progress-view.ts'
import type { App } from '../app.ts'
import { confirmByName } from '../confirm.ts'
import { onInterrupt } from '../interrupt.ts'
import { isForPrograms, type OutputFlags } from '../output.ts'
import { judge, planRefused, showPlan } from '../plan-view.ts'
import { signIn, whereOf } from '../sign-in.ts'
import type { TargetFlags } from '../target-options.ts'
import { showUp, type Place } from '../up-view.ts'

export interface UpFarFlags extends TargetFlags, OutputFlags {
  readonly force?: true
  readonly adopt?: true
  readonly allowReplacement?: true
  /** Seconds. */
  readonly timeout?: number
  /** USD. */
  readonly maxMonthly?: number
  readonly writeKubeconfig?: true
}

/** Runs the command. @throws UserError when the plan has errors or costs too much, or a step fails. */
export async function runUpFar(app: App, paths: readonly string[], flags: UpFarFlags): Promise<void> {
  const startedMs = app.clock.now()
  const project = loadProject(paths)
  const { plan, errors } = judge(app, project, { target: 'aws' })
  showPlan(app, plan, { quiet: isForPrograms(flags) })
  if (errors.length > 0 && !flags.force) throw planRefused(project, { plan, errors })
  assertAffordable(plan, flags.maxMonthly)
  const config = configOf(project, flags)
  const target = await signIn(app, config, flags)
  app.terminal.error(whereOf(target))
  const view = isForPrograms(flags)
    ? quietView(app.terminal)
    : createProgressView(app.terminal, () => app.clock.now())
  const forgetInterrupt = onInterrupt(
    app.terminal,
    'interrupted: AWS goes on with what was begun. Run the same command again to continue.',
  )
  const kubeconfig = flags.writeKubeconfig
    ? userKubeconfigPath(app.environment)
    : farKubeconfigPath(app.environment)
  try {
    const result = await upFar(target, {
      config,
      manifests: manifestsOf(project),
      clock: app.clock,
      listener: view,
      consent: consentOf(flags),
      force: flags.force === true,
      confirm: () => confirm(app, { project, plan, flags }),
      onCluster: (cluster: DeployedCluster) =>
        saveFarKubeconfig(kubeconfig, cluster, { target, environment: app.environment }),
      timeoutMs: flags.timeout === undefined ? undefined : flags.timeout * 1000,
    })
    view.close()
    const place = placeOf(target, kubeconfig)
    const seconds = (app.clock.now() - startedMs) / 1000
    await showUp(app, result, { flags, place, seconds })
  } finally {
    forgetInterrupt()
    view.close()
  }
}

function consentOf({ adopt, allowReplacement }: UpFarFlags): typeof NO_CONSENT {
  return { ...NO_CONSENT, adopt: adopt === true, allowReplacement: allowReplacement === true }
}

function placeOf({ options: { region } }: AwsTarget, kubeconfig: string): Place {
  return {
    region,
    target: 'aws',
    kubeconfig,
    goOn: `kubectl --kubeconfig ${kubeconfig} get pods -A -o wide`,
  }
}

function assertAffordable({ cost }: Plan, maxMonthly: number | undefined): void {
  if (maxMonthly === undefined) return
  const unknown = cost.items.filter(({ hourly }) => hourly === undefined)
  if (cost.monthly > maxMonthly) {
    throw new UserError(
      `the plan costs about ${dollars(cost.monthly)} a month, more than the ${dollars(maxMonthly)} of --max-monthly: nothing was made`,
    )
  }
  if (unknown.length === 0) return
  const names = unknown.map(({ name, note }) => `\n  ${name}: ${note ?? ''}`).join('')
  throw new UserError(`--max-monthly cannot be kept: a part of the plan has no known price${names}`, {
    help: 'Leave --max-monthly away once you have looked these prices up.',
  })
}

interface Confirmation {
  readonly project: Project
  readonly plan: Plan
  readonly flags: UpFarFlags
}

async function confirm(app: App, { project, plan, flags }: Confirmation): Promise<void> {
  if (flags.yes) return
  const { name } = configOf(project, flags).metadata
  await confirmByName(app, name, `this costs about ${dollars(plan.cost.monthly)} a month while it runs`)
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`
}
