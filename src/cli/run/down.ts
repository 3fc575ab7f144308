// Owns the course of `neargate down`: takes away what `up` made, and ends the region when it made that too and nothing is left.
import type { ClusterStatus } from '../../region/admin.ts'
import { down } from '../../deploy/down.ts'
import { NO_CONSENT } from '../../deploy/stack-plan.ts'
import { stopDaemon } from '../../region/daemon.ts'
import { homeAt, type Home } from '../../region/home.ts'
import { readIdentity } from '../../region/identity.ts'
import { ensureNear, inRegion, presentRegion, type App, type Near } from '../app.ts'
import { openNearDeployment } from '../../near/deployment.ts'
import { showDownPlan } from '../down-view.ts'
import { onInterrupt } from '../interrupt.ts'
import { forgetKubeconfig } from '../../near/kubeconfig.ts'
import { createProgressView } from '../../terminal/progress-view.ts'
import { configOf, loadProject, manifestsOf } from '../../deploy/project.ts'
import { explainFailure } from '../unreachable.ts'

export interface DownFlags {
  readonly force?: true
}

/** Runs the command. @throws UserError when something stays behind. */
export async function runDown(app: App, paths: readonly string[], flags: DownFlags): Promise<void> {
  const project = loadProject(paths)
  // Fields that are not supported are no part of what up has made.
  const config = configOf(project, { force: true })
  const { name, region } = config.metadata
  const home = homeAt(undefined, app.environment)
  if (!(await holdsAnything(home))) {
    app.terminal.out(`no near region is kept on ${home.directory}: nothing to remove`)
    return
  }
  const view = createProgressView(app.terminal, () => app.clock.now())
  const near = await startedRegion(app, region)
  const consent = { ...NO_CONSENT, force: flags.force === true }
  const deployment = openNearDeployment(near, { config, clock: app.clock, listener: view, consent })
  const forgetInterrupt = onInterrupt(
    app.terminal,
    'interrupted: what was begun goes on in the near region. Run the same command again to finish.',
  )
  let isGone: boolean
  try {
    isGone = await down({
      ...deployment,
      manifests: manifestsOf(project),
      announce: (plan) => showDownPlan(app.terminal, plan, name),
    })
    forgetKubeconfig(name, near)
  } catch (error) {
    throw explainFailure(error, near)
  } finally {
    forgetInterrupt()
    deployment.close()
    view.close()
  }
  if (isGone) app.terminal.out(`cluster ${name} in ${region} is gone`)
  const clusters = await clustersOf(near)
  const isOurs = near.started || near.running.startedBy === 'up'
  if (!isOurs || (clusters.length > 0 && !near.started)) return
  await stopDaemon({ home, clock: app.clock })
  app.terminal.out(
    clusters.length === 0 ? 'stopped the near region: it held nothing else' : 'stopped the near region again',
  )
}

// A region that was stopped still holds its clusters, unless it kept everything in memory.
async function holdsAnything(home: Home): Promise<boolean> {
  const identity = readIdentity(home)
  if (!identity) return false
  return identity.ephemeral !== true || (await presentRegion(home)) !== undefined
}

/** The clusters of all regions there: together they run, or are stopped. */
async function clustersOf(near: Near): Promise<readonly ClusterStatus[]> {
  const regions = await near.admin.regions()
  const all = await Promise.all(regions.map((region) => inRegion(near, region).admin.status()))
  return all.flatMap(({ clusters }) => clusters)
}

function startedRegion(app: App, region: string): ReturnType<typeof ensureNear> {
  const onStart = (): void => app.terminal.out('the near region is stopped: starting it to see what it holds')
  return ensureNear(app, region, { isOnlyFound: true, onStart })
}
