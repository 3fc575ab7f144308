// Owns the course of `neargate up`: plan, near region, network, cluster, applications, and the account of it.
import type { Project } from '../../config/project.ts'
import { NEAR_PACE } from '../../deploy/pace.ts'
import { NO_CONSENT } from '../../deploy/stack-plan.ts'
import type { UpResult } from '../../deploy/up-result.ts'
import { configOf, loadProject, manifestsOf } from '../../deploy/project.ts'
import { upNear } from '../../near/up.ts'
import type { App, Near } from '../app.ts'
import { onInterrupt } from '../interrupt.ts'
import { jsonText } from '../json-outputs.ts'
import { planRefused, showPlan } from '../plan-view.ts'
import { createProgressView, quietView, type ProgressView } from '../../terminal/progress-view.ts'
import { explainFailure } from '../unreachable.ts'
import { showResult, toJson, type Place } from '../up-view.ts'
import { regionFor } from './region-for.ts'

export interface UpFlags {
  readonly json?: true
  readonly force?: true
  readonly adopt?: true
  readonly allowReplacement?: true
  /** Seconds. */
  readonly timeout?: number
  /** Port of the AWS endpoint of a region that has to be started. */
  readonly port?: number
}

/** Runs the command. @throws UserError when the plan has errors or a step fails. */
export async function runUp(app: App, paths: readonly string[], flags: UpFlags): Promise<void> {
  const startedMs = app.clock.now()
  const project = loadProject(paths)
  const { errors } = showPlan(app, project, { quiet: flags.json === true })
  if (errors.length > 0 && !flags.force) throw planRefused(project, errors)
  const config = configOf(project, flags)
  const view = flags.json ? quietView(app.terminal) : createProgressView(app.terminal, () => app.clock.now())
  const forgetInterrupt = onInterrupt(
    app.terminal,
    'interrupted: the near region goes on with what was begun. Run the same command again to continue.',
  )
  try {
    const near = await regionFor(app, { region: config.metadata.region, flags, view })
    const result = await build(app, { near, project, view, flags })
    view.close()
    finish(app, result, { near, flags, seconds: (app.clock.now() - startedMs) / 1000 })
  } finally {
    forgetInterrupt()
    view.close()
  }
}

interface Build {
  readonly near: Near
  readonly project: Project
  readonly view: ProgressView
  readonly flags: UpFlags
}

async function build(app: App, { near, project, view, flags }: Build): Promise<UpResult> {
  try {
    return await upNear(near, {
      config: configOf(project, flags),
      manifests: manifestsOf(project),
      clock: app.clock,
      environment: app.environment,
      listener: view,
      consent: {
        ...NO_CONSENT,
        adopt: flags.adopt === true,
        allowReplacement: flags.allowReplacement === true,
      },
      timeoutMs: flags.timeout === undefined ? NEAR_PACE.applicationTimeoutMs : flags.timeout * 1000,
    })
  } catch (error) {
    throw explainFailure(error, near)
  }
}

interface Ending {
  readonly near: Near
  readonly flags: UpFlags
  readonly seconds: number
}

function finish(app: App, result: UpResult, { near, flags, seconds }: Ending): void {
  const place: Place = {
    region: near.identity.region,
    target: 'near',
    kubeconfig: near.home.kubeconfig,
    goOn: 'eval "$(npx neargate env)" && kubectl get pods -A -o wide',
  }
  if (flags.json) app.terminal.out(jsonText('up', toJson(result, place, seconds)))
  else showResult(app, result, { place, seconds })
}
