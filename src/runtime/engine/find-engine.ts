// Owns finding the container engine of this machine: the sockets where one may listen, and what answers there.
import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'

import { messageOf } from '../../base/errors.ts'
import { isInUserNamespace, mayMakeNetworks, thisMachine } from '../../network/vpc/privilege.ts'
import { EngineApi } from './api.ts'
import { dockerKeys, type Environment } from './docker-config.ts'
import type { MachineKeys } from './images.ts'
import type { CgroupDriver } from './pod-cgroup.ts'
import { listenersOn, type Listener } from './user-namespaces.ts'

export interface FoundEngine {
  readonly api: EngineApi
  /** `docker`, `podman` */
  readonly name: string
  readonly version: string
  readonly cgroupDriver: CgroupDriver
  readonly machineKeys: MachineKeys
  /** What is not as with other engines; undefined: nothing. */
  readonly restriction?: string
}

/** Where an engine was looked for, and what was wrong there. */
export interface NoEngine {
  readonly missing: string
  /** It is in a machine of its own, such as that of Docker Desktop and of Colima. */
  readonly isElsewhere?: true
  /** One of this user's own that serves whoever is in its user namespace. */
  readonly rootless?: RootlessEngine
}

/** What a person is told of an engine. */
export interface KnownEngine extends Pick<FoundEngine, 'name' | 'version' | 'restriction'> {
  readonly socketPath: string
}

/** An engine that keeps its containers in a user namespace, which its user may enter. */
export interface RootlessEngine extends KnownEngine {
  /** Its process, or one beside it: it is in that user namespace. */
  readonly pid: number
}

const TIME_LIMIT_MS = 15_000

/**
 * Sockets where an engine may listen, the likeliest first; one that `DOCKER_HOST` names alone.
 * @param isUsers the user's own come first: containers of root are where a user, and who is in a user namespace, makes no networks
 */
export function socketsOf(environment: Environment, isUsers = false): readonly string[] {
  const host = environment['DOCKER_HOST']
  if (host) return host.startsWith('unix://') ? [host.slice('unix://'.length)] : []
  const { HOME: home = '', XDG_RUNTIME_DIR: runtime } = environment
  const own = runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman/podman.sock')] : []
  const paths = [
    ...(isUsers ? own : []),
    '/var/run/docker.sock',
    '/run/podman/podman.sock',
    ...own,
    ...['.docker/run/docker.sock', '.colima/default/docker.sock'].map((path) => join(home, path)),
  ]
  return [...new Set(paths)]
}

/** Where this process is, and what it may do there. */
interface Place {
  readonly isInUserNamespace: boolean
  readonly mayMakeNetworks: boolean
  readonly listenersOn: (socketPath: string) => readonly Listener[]
}

function thisPlace(): Place {
  return {
    isInUserNamespace: isInUserNamespace(),
    mayMakeNetworks: mayMakeNetworks(thisMachine()),
    listenersOn,
  }
}

/** Asks who answers on the first socket that is there. */
export async function findEngine(
  environment: Environment,
  place: Place = thisPlace(),
): Promise<FoundEngine | NoEngine> {
  const host = environment['DOCKER_HOST']
  if (host && !host.startsWith('unix://')) {
    return { missing: `DOCKER_HOST is ${host}, and only engines on a Unix socket can be used` }
  }
  const isUsers = place.isInUserNamespace || !place.mayMakeNetworks
  const present = socketsOf(environment, isUsers).filter((path) => existsSync(path))
  const failures: NoEngine[] = []
  for (const path of present) {
    const found = await engineAt(path, environment, place)
    if (!('missing' in found) || found.rootless) return found
    failures.push(found)
  }
  const nobody = host ? `nothing is at ${host}` : 'no socket of Docker or Podman was found'
  const missing = failures.length === 0 ? nobody : failures.map((one) => one.missing).join('; ')
  return failures.some(({ isElsewhere }) => isElsewhere) ? { missing, isElsewhere: true } : { missing }
}

/** The engine that runs pods, of this process or of one in its user namespace; undefined: none does. */
export function servingEngine(found: FoundEngine | NoEngine): KnownEngine | undefined {
  return 'missing' in found ? found.rootless : { ...found, socketPath: found.api.socketPath }
}

interface VersionAnswer {
  readonly Version?: string
  readonly Components?: readonly { readonly Name?: string; readonly Version?: string }[]
}

interface InfoAnswer {
  readonly CgroupDriver?: string
  readonly SecurityOptions?: readonly string[] | null
  readonly KernelVersion?: string
  readonly CgroupVersion?: string
  readonly Rootless?: boolean
}

// Docker Desktop, Colima and other engines in virtual machines: Linux of another release.
function isElsewhere({ KernelVersion = '' }: InfoAnswer): boolean {
  return KernelVersion !== '' && KernelVersion !== release()
}

// Docker says it among its options of security, Podman in a field of its own.
function isRootless({ Rootless, SecurityOptions }: InfoAnswer): boolean {
  return Rootless === true || (SecurityOptions ?? []).some((option) => option.includes('rootless'))
}

// A user has no control groups of version 1, and of version 2 those that systemd gives away: without, containers stay in the one
// that the engine was started in.
function controlGroups(info: InfoAnswer): Pick<FoundEngine, 'cgroupDriver' | 'restriction'> {
  const { CgroupDriver: driver, CgroupVersion: version } = info
  if (!isRootless(info) || (version !== '1' && driver !== 'none'))
    return { cgroupDriver: driver === 'systemd' ? 'systemd' : 'cgroupfs' }
  const where = version === '1' ? 'on cgroup version 1' : 'without control groups of its own'
  const restriction = `rootless ${where}: limits of CPU and memory do not hold, and nobody knows what a pod uses`
  return { cgroupDriver: 'none', restriction }
}

async function engineAt(
  socketPath: string,
  environment: Environment,
  place: Place,
): Promise<FoundEngine | NoEngine> {
  const api = new EngineApi(socketPath)
  try {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS)
    const answer = await api.json<VersionAnswer>('GET', '/version', { signal })
    const isPodman = (answer.Components ?? []).some(({ Name = '' }) => Name.includes('Podman'))
    const info = await api.json<InfoAnswer>('GET', '/info', { signal })
    const { Version: version = '' } = answer
    const engine = { name: isPodman ? 'podman' : 'docker', version, ...controlGroups(info) }
    const problem = whyOutOfReach({ ...engine, socketPath }, info, place)
    if (problem)
      return { ...problem, missing: `${engine.name} ${version} at ${socketPath} ${problem.missing}` }
    const machineKeys: MachineKeys = (image) => dockerKeys(environment, image)
    return { api, machineKeys, ...engine }
  } catch (error) {
    const text = messageOf(error)
    return { missing: text.includes('EACCES') ? `${text} (its socket is not this user's to open)` : text }
  }
}

/** Why pods cannot have a network in an engine that answers: its containers are where this process cannot reach. */
function whyOutOfReach(engine: KnownEngine, info: InfoAnswer, place: Place): NoEngine | undefined {
  if (isElsewhere(info)) {
    return {
      missing: `runs on another machine (Linux ${info.KernelVersion}), where its containers cannot be given the network of a VPC`,
      isElsewhere: true,
    }
  }
  // Asked after it has answered: one that systemd starts by its socket runs now.
  const listeners = place.isInUserNamespace || isRootless(info) ? place.listenersOn(engine.socketPath) : []
  if (place.isInUserNamespace) {
    if (listeners.some(({ isHere }) => isHere)) return undefined
    return {
      missing: 'serves outside of this user namespace, and so are its containers; start Neargate there',
    }
  }
  if (!isRootless(info)) return undefined
  const inside = listeners.find(({ isHere }) => !isHere)
  const missing = 'is rootless: its containers are in a user namespace, and this process is not'
  // Another user, root too, is nobody in there.
  if (place.mayMakeNetworks || !inside) {
    return { missing: `${missing}; start Neargate as the user whose engine it is` }
  }
  return {
    missing: `${missing}; a region of neargate start is`,
    rootless: { ...engine, pid: inside.pid },
  }
}
