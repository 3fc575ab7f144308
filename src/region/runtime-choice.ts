// Owns what runs pods in a region: a container engine of this machine where there is one that serves, else stand-ins.
import { existsSync } from 'node:fs'

import { UserError } from '../base/errors.ts'
import { thisMachine, whyNoPrograms, whyNoVpcNetwork } from '../network/vpc/privilege.ts'
import { findEngine, servingEngine, socketsOf, type FoundEngine } from '../runtime/engine/find-engine.ts'

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

/** What `plan` is told of the engine that pods of a region that is started here would have. */
export interface EngineProspect {
  readonly hasOnlyStandIns: boolean
  /** What does not work with the engine that is there, or why it is of no use. */
  readonly engineLacks?: string
}

/** Looks ahead to what a region would choose that is started now. */
export async function engineProspect(
  environment: Readonly<Record<string, string | undefined>>,
  wish = environment['NEARGATE_RUNTIME'],
): Promise<EngineProspect> {
  const isAnybodyThere = socketsOf(environment).some((path) => existsSync(path))
  if (wish === 'standin' || !isAnybodyThere) return { hasOnlyStandIns: true }
  const machine = thisMachine()
  const found = await findEngine(environment)
  const serving = servingEngine(found)
  if ('missing' in found && !serving) return onlyStandIns(found.missing)
  const { name = '', version = '', restriction } = serving ?? {}
  const missing = 'missing' in found ? whyNoPrograms(machine) : whyNoVpcNetwork(machine)
  if (missing !== undefined) return onlyStandIns(`${name} ${version} is there, but ${missing}`)
  const lacks = restriction === undefined ? {} : { engineLacks: `${name} ${version} is ${restriction}` }
  return { hasOnlyStandIns: false, ...lacks }
}

function onlyStandIns(reason: string): EngineProspect {
  return { hasOnlyStandIns: true, engineLacks: `pods are stand-ins: ${reason}` }
}

function without(wish: RuntimeWish, reason: string): RuntimeChoice {
  if (wish === 'auto') return { engine: undefined, words: `stand-ins: ${reason}` }
  throw new UserError(`pods cannot run in a container engine: ${reason}`, {
    help: 'Start Docker or Podman on Linux: of root, and run this as root, or a rootless one as yourself. Or take --runtime standin.',
  })
}
