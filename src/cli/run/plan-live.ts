// Owns the second half of `neargate plan --live`: sign in, and compare with what is there.
import type { Project } from '../../config/project.ts'
import { comparePresent } from '../../deploy/compare.ts'
import { configOf, manifestsOf } from '../../deploy/project.ts'
import { NO_CONSENT } from '../../deploy/stack-plan.ts'
import { openFarDeployment } from '../../far/aws-target.ts'
import { defaultKubernetesVersion } from '../../rules/eks/kubernetes-versions.ts'
import { quietView } from '../../terminal/progress-view.ts'
import type { App } from '../app.ts'
import { showPresent } from '../present-view.ts'
import { signIn, whereOf } from '../sign-in.ts'
import type { TargetFlags } from '../target-options.ts'

/** Prints the comparison. @throws UserError when nobody is signed in, or rights are missing */
export async function runPlanLive(app: App, project: Project, flags: TargetFlags): Promise<void> {
  const config = configOf(project, { force: true })
  const target = await signIn(app, config, flags)
  app.terminal.error(whereOf(target))
  const deployment = openFarDeployment(target, {
    config,
    clock: app.clock,
    listener: quietView(app.terminal),
    consent: NO_CONSENT,
  })
  try {
    const version = config.metadata.version ?? defaultKubernetesVersion
    const manifests = manifestsOf(project)
    showPresent(app.terminal, await comparePresent({ ...deployment, version, manifests }))
  } finally {
    deployment.close()
  }
}
