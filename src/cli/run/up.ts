// Owns the course of `neargate up`: plan, near region, network, cluster, applications, and the account of it.
import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Project } from '../../config/project.ts'
import { NEAR_PACE } from '../../deploy/pace.ts'
import { NO_CONSENT } from '../../deploy/stack-plan.ts'
import type { UpResult } from '../../deploy/up-result.ts'
import { configOf, loadProject, manifestsOf } from '../../deploy/project.ts'
import { upNear } from '../../near/up.ts'
import { homeAt } from '../../region/home.ts'
import { engineProspect, type RuntimeWish } from '../../region/runtime-choice.ts'
import { connectNear, inRegion, presentOrStarting, type App, type Near } from '../app.ts'
import { onInterrupt } from '../interrupt.ts'
import { isForPrograms, type OutputFlags } from '../output.ts'
import { judge, planRefused, showPlan } from '../plan-view.ts'
import { createProgressView, quietView, type ProgressView } from '../../terminal/progress-view.ts'
import { explainFailure } from '../unreachable.ts'
import { showUp, type Place } from '../up-view.ts'
import { regionFor } from './region-for.ts'

export interface UpFlags extends OutputFlags {
  readonly force?: true
  readonly adopt?: true
  readonly allowReplacement?: true
  /** Seconds. */
  readonly timeout?: number
  /** Port of the AWS endpoint of a region that has to be started. */
  readonly port?: number
  /** The region that has to be started keeps nothing. */
  readonly ephemeral?: true
  /** What runs pods in a region that has to be started. */
  readonly runtime: RuntimeWish
  /** Also what is as it was, of a cluster that is there. */
  readonly verbose?: true
}

/** Runs the command. @throws UserError when the plan has errors or a step fails. */
export async function runUp(app: App, paths: readonly string[], flags: UpFlags): Promise<void> {
  const startedMs = app.clock.now()
  const project = loadProject(paths)
  const { plan, errors } = judge(app, project, await engineProspect(app.environment, flags.runtime))
  const isRefused = errors.length > 0 && !flags.force
  const changesOnly = !isRefused && !flags.verbose && (await isThere(app, configOf(project, flags)))
  showPlan(app, plan, { quiet: isForPrograms(flags) || changesOnly })
  if (isRefused) throw planRefused(project, { plan, errors })
  const config = configOf(project, flags)
  const view = viewOf(app, flags, changesOnly)
  const forgetInterrupt = onInterrupt(
    app.terminal,
    'interrupted: the near region goes on with what was begun. Run the same command again to continue.',
  )
  try {
    const near = await regionFor(app, { region: config.metadata.region, flags, view })
    const result = await build(app, { near, project, view, flags })
    view.close()
    const seconds = (app.clock.now() - startedMs) / 1000
    await finish(app, result, { near, flags, seconds, goOn: GO_ON, changesOnly })
  } finally {
    forgetInterrupt()
    view.close()
  }
}

const GO_ON = 'eval "$(npx neargate env)" && kubectl get pods -A -o wide'

/** Whether the cluster is in a region that runs: then what is as it was is no news. */
async function isThere(app: App, { metadata }: ClusterConfig): Promise<boolean> {
  if (!(await presentOrStarting(homeAt(undefined, app.environment)))) return false
  const near = await connectNear(app)
  if (!(await near.admin.regions()).includes(metadata.region)) return false
  const { clusters } = await inRegion(near, metadata.region).admin.status()
  return clusters.some(({ name, status }) => name === metadata.name && status === 'ACTIVE')
}

/** The view of the course of a build. */
export function viewOf(app: App, flags: UpFlags, changesOnly = false): ProgressView {
  if (isForPrograms(flags)) return quietView(app.terminal)
  return createProgressView(app.terminal, () => app.clock.now(), { changesOnly })
}

interface Build {
  readonly near: Near
  readonly project: Project
  readonly view: ProgressView
  readonly flags: UpFlags
}

/** Builds what the files say in a region. @throws UserError when a step fails, or the region went away */
export async function build(app: App, { near, project, view, flags }: Build): Promise<UpResult> {
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

export interface Ending {
  readonly near: Near
  readonly flags: UpFlags
  readonly seconds: number
  /** A command line; absent where one is run already. */
  readonly goOn?: string
  readonly changesOnly?: boolean
}

/** Tells what has become of it. */
export async function finish(app: App, result: UpResult, ending: Ending): Promise<void> {
  const { near, flags, seconds, goOn, changesOnly = false } = ending
  const { kubeconfig } = near.home
  const place: Place = {
    region: near.identity.region,
    target: 'near',
    kubeconfig,
    ...(goOn === undefined ? {} : { goOn }),
  }
  await showUp(app, result, { flags, place, seconds, changesOnly })
}
