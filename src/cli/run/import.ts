// Owns the course of `neargate import`: sign in, read, write the files, and plan them.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { UserError } from '../../base/errors.ts'
import { openCloud, type Cloud } from '../../deploy/cloud.ts'
import { importCluster } from '../../deploy/import/index.ts'
import { loadProject } from '../../deploy/project.ts'
import { targetRegion } from '../../far/target-region.ts'
import { connectNear, type App } from '../app.ts'
import { judge, showPlan } from '../plan-view.ts'
import { signIn, whereOf } from '../sign-in.ts'
import type { TargetFlags } from '../target-options.ts'

export interface ImportFlags extends TargetFlags {
  readonly output: string
  readonly region?: string
}

/** Runs the command. @throws UserError when there is no such cluster, or the directory holds something. */
export async function runImport(app: App, cluster: string, flags: ImportFlags): Promise<void> {
  const { output, target } = flags
  if (existsSync(output) && readdirSync(output).length > 0)
    throw new UserError(`${output} is not empty: nothing was written`, { help: 'Name another directory.' })
  const cloud = await cloudOf(app, flags)
  try {
    const { files, notes } = await importCluster(cloud, app.clock, cluster)
    mkdirSync(output, { recursive: true })
    for (const [path, text] of Object.entries(files)) writeFileSync(join(output, path), text)
    for (const note of notes) app.terminal.error(`note: ${note}`)
    showPlan(app, judge(app, loadProject([output]), { target }).plan, { quiet: false })
    app.terminal.out(`wrote ${Object.keys(files).join(', ')} to ${output}`)
  } finally {
    cloud.close()
  }
}

async function cloudOf(app: App, flags: ImportFlags): Promise<Cloud> {
  if (flags.target === 'aws') {
    const region = targetRegion(flags.region, app.environment)
    const signedIn = await signIn(app, { metadata: { name: '', region } }, flags)
    app.terminal.error(whereOf(signedIn))
    return signedIn.cloud
  }
  const { identity, running } = await connectNear(app, { region: flags.region })
  return openCloud({ region: identity.region, endpoint: running.endpoint, credentials: identity })
}
