// Owns the course of `neargate up --ephemeral` with a region of its own: until a signal, or as long as a command runs.
import { configOf, loadProject } from '../../deploy/project.ts'
import { clientEnvironment } from '../../region/environment.ts'
import { engineProspect } from '../../region/runtime-choice.ts'
import type { App, Near } from '../app.ts'
import { runCommand } from '../command-behind.ts'
import { CommandFailure } from '../failure.ts'
import { onInterrupt, untilSignal } from '../interrupt.ts'
import { isForPrograms } from '../output.ts'
import { judge, planRefused, showPlan } from '../plan-view.ts'
import { openOwnRegion, type OwnRegion } from './own-region.ts'
import { build, finish, viewOf, type UpFlags } from './up.ts'

export interface OwnUp {
  readonly flags: UpFlags
  /** What runs beside the cluster; without one it stays until a signal. */
  readonly command: readonly string[]
}

/**
 * Runs the command. The region is in this process and goes with it.
 * @throws UserError when the plan has errors or a step fails; CommandFailure with the exit code of the command
 */
export async function runUpOwn(app: App, paths: readonly string[], { flags, command }: OwnUp): Promise<void> {
  const startedMs = app.clock.now()
  const project = loadProject(paths)
  const { plan, errors } = judge(app, project, await engineProspect(app.environment, flags.runtime))
  showPlan(app, plan, { quiet: isForPrograms(flags) })
  if (errors.length > 0 && !flags.force) throw planRefused(project, { plan, errors })
  const { metadata } = configOf(project, flags)
  const view = viewOf(app, flags)
  await using own = await openOwnRegion(app, { ...flags, region: metadata.region })
  const forgetInterrupt = onInterrupt(app.terminal, 'interrupted: nothing is left of the region.', () =>
    own[Symbol.asyncDispose](),
  )
  try {
    const result = await build(app, { near: own, project, view, flags })
    view.close()
    const seconds = (app.clock.now() - startedMs) / 1000
    const hint = command.length > 0 ? {} : { goOn: goOn(own) }
    await finish(app, result, { near: own, flags, seconds, ...hint })
  } finally {
    forgetInterrupt()
    view.close()
  }
  const code = command.length > 0 ? await runBeside(app, own, command) : await waitedOut(app)
  if (code === 0) return
  // Disposed of before the failure is told: exit codes are for what runs next.
  await own[Symbol.asyncDispose]()
  throw new CommandFailure(code)
}

function goOn({ home }: OwnRegion): string {
  return `eval "$(npx neargate env --data ${home.directory})" && kubectl get pods -A -o wide`
}

async function waitedOut({ terminal }: App): Promise<number> {
  terminal.error('the region goes on until it is interrupted (Ctrl-C)')
  await untilSignal()
  // It was asked to wait for one.
  return 0
}

// With the keys of the region these would make no sense.
const FOREIGN = ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN']

function runBeside(app: App, { running, identity, home }: Near, command: readonly string[]): Promise<number> {
  const kept = Object.entries(app.environment).filter(([name]) => !FOREIGN.includes(name))
  const environment = {
    ...Object.fromEntries(kept),
    ...clientEnvironment({ endpoint: running.endpoint, identity, home }),
    NEARGATE_HOME: home.directory,
  }
  return runCommand(command, { environment, signals: process })
}
