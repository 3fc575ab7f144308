// Owns what a program deploys into its region: reading, planning, building, and the way to what was built.
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import type { Project } from '../config/project.ts'
import { NO_CONSENT } from '../deploy/stack-plan.ts'
import type { UpResult } from '../deploy/up-result.ts'
import type { NearRegion } from '../near/near-region.ts'
import { configOf, manifestsOf } from '../deploy/project.ts'
import { upNear } from '../near/up.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { silentView } from '../terminal/progress-view.ts'
import { projectOf, type Files } from './files.ts'

/** The plan of some files. */
export function planFiles(files: Files, clock: Clock): Plan {
  return planOf(projectOf(files), clock)
}

/** Builds what the files describe. @throws UserError with every error of the plan, or when a step fails */
export async function upFiles(
  near: NearRegion,
  files: Files,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<UpResult> {
  const project = projectOf(files)
  const errors = planOf(project, clock).problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) {
    const told = errors.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`)
    throw new UserError(`the plan has errors: nothing was made\n  ${told.join('\n  ')}`)
  }
  const config = configOf(project)
  if (config.metadata.region !== near.identity.region) {
    throw new UserError(
      `the ClusterConfig is for ${config.metadata.region}, this region is ${near.identity.region}`,
      {
        help: `Start it with: startRegion({ region: '${config.metadata.region}' })`,
      },
    )
  }
  return upNear(near, {
    config,
    manifests: manifestsOf(project),
    clock,
    environment: process.env,
    listener: silentView,
    consent: NO_CONSENT,
    timeoutMs,
  })
}

function planOf(project: Project, clock: Clock): Plan {
  return makePlan(project, { today: new Date(clock.now()) })
}
