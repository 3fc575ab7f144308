// Owns what runs pods in a region: a container engine of this machine where there is one that serves, else stand-ins.
import { existsSync } from 'node:fs'

import { UserError } from '../base/errors.ts'
import { thisMachine, whyNoVpcNetwork } from '../network/vpc/privilege.ts'
import { findEngine, socketsOf, type FoundEngine } from '../runtime/engine/find-engine.ts'

/** `auto`: the engine where there is one that serves. */
export type RuntimeWish = 'auto' | 'engine' | 'standin'

export interface RuntimeChoice {
  /** Undefined: stand-ins. */
  readonly engine: FoundEngine | undefined
  /** What a person is told: `podman 4.3.1`, or why there are stand-ins. */
  readonly words: string
}

/** The engine that runs the pods of regions. */
export interface EngineChoice {
  readonly engine: FoundEngine
  /** For the files of pods. */
  readonly directory: string
  /** Whether pods reach the networks of this machine, where the routes of their VPC lead out. */
  readonly hasUplink: boolean
}

/** Decides. @throws UserError when an engine is asked for and none serves */
export async function chooseRuntime(
  wish: RuntimeWish,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RuntimeChoice> {
  if (wish === 'standin') return { engine: undefined, words: 'stand-ins' }
  const found = await findEngine(environment)
  if ('missing' in found) return without(wish, found.missing)
  const missing = whyNoVpcNetwork(thisMachine())
  const { name, version, restriction } = found
  const words = `${name} ${version}${restriction === undefined ? '' : `, ${restriction}`}`
  if (missing !== undefined) return without(wish, `${words} is there, but ${missing}`)
  return { engine: found, words }
}

/** Whether it is plain, without asking anybody, that `chooseRuntime` would take stand-ins. */
export function isStandinForSure(
  environment: Readonly<Record<string, string | undefined>>,
  wish = environment['NEARGATE_RUNTIME'],
): boolean {
  if (wish === 'standin') return true
  const isSomebodyThere = socketsOf(environment).some((path) => existsSync(path))
  return !isSomebodyThere || whyNoVpcNetwork(thisMachine()) !== undefined
}

function without(wish: RuntimeWish, reason: string): RuntimeChoice {
  if (wish === 'auto') return { engine: undefined, words: `stand-ins: ${reason}` }
  throw new UserError(`pods cannot run in a container engine: ${reason}`, {
    help: 'Start Docker or Podman as root on Linux and run this as root, or this in `podman unshare`, or take --runtime standin.',
  })
}
