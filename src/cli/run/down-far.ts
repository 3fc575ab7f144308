// Owns the course of `neargate down --target aws`: list, ask, remove, check.
import { configOf, loadProject, manifestsOf } from '../../deploy/project.ts'
import { NO_CONSENT } from '../../deploy/stack-plan.ts'
import { downFar } from '../../far/deploy.ts'
import { farKubeconfigPath, forgetFarKubeconfig, userKubeconfigPath } from '../../far/kubeconfig.ts'
import { createProgressView } from '../../terminal/progress-view.ts'
import type { App } from '../app.ts'
import { confirmByName } from '../confirm.ts'
import { showDownPlan } from '../down-view.ts'
import { onInterrupt } from '../interrupt.ts'
import { signIn, whereOf } from '../sign-in.ts'
import type { TargetFlags } from '../target-options.ts'

export interface DownFarFlags extends TargetFlags {
  readonly force?: true
}

/** Runs the command. @throws UserError when it isn't confirmed, or something stays behind. */
export async function runDownFar(app: App, paths: readonly string[], flags: DownFarFlags): Promise<void> {
  const project = loadProject(paths)
  // Fields that are not supported are no part of what up has made.
  const config = configOf(project, { force: true })
  const { name, region } = config.metadata
  const target = await signIn(app, config, flags)
  app.terminal.error(whereOf(target))
  const view = createProgressView(app.terminal, () => app.clock.now())
  const forgetInterrupt = onInterrupt(
    app.terminal,
    'interrupted: AWS goes on with what was begun. Run the same command again to finish.',
  )
  try {
    const isGone = await downFar(target, {
      config,
      manifests: manifestsOf(project),
      clock: app.clock,
      listener: view,
      consent: { ...NO_CONSENT, force: flags.force === true },
      announce: (plan) => showDownPlan(app.terminal, plan, name),
      confirm: async () => {
        if (!flags.yes) await confirmByName(app, name, 'all of this goes, with what it holds')
      },
    })
    for (const path of [farKubeconfigPath(app.environment), userKubeconfigPath(app.environment)])
      forgetFarKubeconfig(path, name, target)
    if (isGone) app.terminal.out(`cluster ${name} in ${region} is gone`)
  } finally {
    forgetInterrupt()
    view.close()
  }
}
