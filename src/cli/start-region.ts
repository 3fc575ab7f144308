// Owns starting the region in the background, at the place where its pods can run.
import type { Clock } from '../base/clock.ts'
import { regionProgram, startDaemon, type DaemonOptions } from '../region/daemon.ts'
import type { RuntimeWish } from '../region/runtime-choice.ts'
import type { RunningRegion } from '../region/running.ts'

/**
 * Starts a region in the background, and waits until it answers.
 * @param options.runtime what runs pods; what the environment says when absent
 * @throws UserError with the cause when it ends instead
 */
export async function startRegion(
  { clock, environment }: { readonly clock: Clock; readonly environment: NodeJS.ProcessEnv },
  {
    home,
    args,
    runtime,
  }: Pick<DaemonOptions, 'home' | 'args'> & { readonly runtime?: RuntimeWish | undefined },
): Promise<RunningRegion> {
  // Loaded by need: most commands find a region that runs.
  const { programAtEngine } = await import('../region/way-to-engine.ts')
  const program = await programAtEngine(regionProgram(), runtime ?? environment['NEARGATE_RUNTIME'], {
    environment,
  })
  return await startDaemon({ home, clock, args, program })
}
