// Owns the course of `neargate down`: takes away what `up` made, and ends the region when it made that too and nothing is left.
import { down } from '../../deploy/down.ts'
import { stopDaemon } from '../../region/daemon.ts'
import { homeAt } from '../../region/home.ts'
import { connectNear, presentRegion, type App } from '../app.ts'
import { openDeployment } from '../deployment.ts'
import { forgetKubeconfig } from '../kubeconfig.ts'
import { createProgressView } from '../progress-view.ts'
import { configOf, loadProject, manifestsOf } from '../project.ts'
import { explainFailure } from '../unreachable.ts'

/** Runs the command. @throws UserError when something stays behind. */
export async function runDown(app: App, paths: readonly string[]): Promise<void> {
  const project = loadProject(paths)
  const config = configOf(project)
  const { name, region } = config.metadata
  const home = homeAt(undefined, app.environment)
  if (!(await presentRegion(home))) {
    app.terminal.out(`no near region runs on ${home.directory}: nothing to remove`)
    return
  }
  const near = await connectNear(app)
  const view = createProgressView(app.terminal, () => app.clock.now())
  const deployment = openDeployment(app, near, config, view)
  try {
    await down({ ...deployment, manifests: manifestsOf(project) })
    forgetKubeconfig(name, near)
  } catch (error) {
    throw explainFailure(error, near)
  } finally {
    deployment.close()
    view.close()
  }
  const { clusters } = await near.admin.status()
  app.terminal.out(`cluster ${name} in ${region} is gone`)
  if (near.running.startedBy === 'up' && clusters.length === 0) {
    await stopDaemon({ home, clock: app.clock })
    app.terminal.out('stopped the near region: it held nothing else')
  }
}
