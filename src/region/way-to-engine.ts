// Owns how a region gets to where it can give pods networks: into the user namespace of its user's rootless engine.
import type { OwnProgram } from '../base/package-files.ts'
import { mayMakeNetworks, thisMachine, whyNoPrograms, type Machine } from '../network/vpc/privilege.ts'
import { findEngine } from '../runtime/engine/find-engine.ts'

/**
 * What a region is to be started by for its pods to run in an engine.
 * @param program the region
 * @param wish what is to run its pods, as `--runtime` says it
 * @returns the program itself where it is at its place, or where no other one is better
 */
export async function programAtEngine(
  program: OwnProgram,
  wish: string | undefined,
  {
    environment,
    directory = process.cwd(),
    machine = thisMachine(),
    find = findEngine,
  }: {
    readonly environment: Readonly<Record<string, string | undefined>>
    /** Where it is to run. */
    readonly directory?: string
    readonly machine?: Machine
    readonly find?: typeof findEngine
  },
): Promise<OwnProgram> {
  const isAtItsPlace = wish === 'standin' || machine.platform !== 'linux' || mayMakeNetworks(machine)
  if (isAtItsPlace || whyNoPrograms(machine) !== undefined) return program
  const engine = await find(environment)
  if (!('missing' in engine) || !engine.rootless) return program
  const { pid, socketPath } = engine.rootless
  // The mounts, too: those of networks stay for as long as the engine is there. The network stays the machine's, whose
  // addresses the region listens on. All of them replace the process that runs them, so channels and signals go straight.
  const enter = ['--target', `${pid}`, '--user', '--mount', '--preserve-credentials', `--wd=${directory}`]
  return {
    command: 'nsenter',
    args: [...enter, 'env', `DOCKER_HOST=unix://${socketPath}`, program.command, ...program.args],
  }
}
