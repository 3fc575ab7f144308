// Owns finding the container engine of this machine: the sockets where one may listen, and what answers there.
import { existsSync, statSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'

import { messageOf } from '../../base/errors.ts'
import { isInUserNamespace, overflowUser } from '../../network/vpc/privilege.ts'
import { EngineApi } from './api.ts'
import { dockerKeys, type Environment } from './docker-config.ts'
import type { MachineKeys } from './images.ts'
import type { CgroupDriver } from './pod-cgroup.ts'

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
}

const TIME_LIMIT_MS = 15_000

/** Sockets where an engine may listen, the likeliest first; one that `DOCKER_HOST` names alone. */
export function socketsOf(environment: Environment, isInside = false): readonly string[] {
  const host = environment['DOCKER_HOST']
  if (host) return host.startsWith('unix://') ? [host.slice('unix://'.length)] : []
  const { HOME: home = '', XDG_RUNTIME_DIR: runtime } = environment
  const paths = [
    // Within its user namespace a rootless Podman is the one whose containers can be given networks.
    ...(isInside && runtime ? [join(runtime, 'podman/podman.sock')] : []),
    '/var/run/docker.sock',
    '/run/podman/podman.sock',
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman/podman.sock')] : []),
    ...['.docker/run/docker.sock', '.colima/default/docker.sock'].map((path) => join(home, path)),
  ]
  return [...new Set(paths)]
}

/** Where this process is. */
interface Place {
  /** In a user namespace: a rootless Podman serves there. */
  readonly isInside: boolean
  /** Whom files seem to belong to there whose users the namespace does not have. */
  readonly outsider: number
}

/** Asks who answers on the first socket that is there. */
export async function findEngine(
  environment: Environment,
  place: Place = { isInside: isInUserNamespace(), outsider: overflowUser() },
): Promise<FoundEngine | NoEngine> {
  const host = environment['DOCKER_HOST']
  if (host && !host.startsWith('unix://')) {
    return { missing: `DOCKER_HOST is ${host}, and only engines on a Unix socket can be used` }
  }
  const present = socketsOf(environment, place.isInside).filter((path) => existsSync(path))
  const failures: string[] = []
  for (const path of present) {
    const found = await engineAt(path, environment, place)
    if (!('missing' in found)) return found
    failures.push(found.missing)
  }
  const nobody = host ? `nothing is at ${host}` : 'no socket of Docker or Podman was found'
  return { missing: failures.length === 0 ? nobody : failures.join('; ') }
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

/** Why pods cannot have a network in an engine that answers: its containers are where this process cannot reach. */
function whyOutOfReach(name: string, info: InfoAnswer): string | undefined {
  const { KernelVersion } = info
  if (isRootless(info)) {
    const remedy = name === 'podman' ? '; start Neargate there: podman unshare npx neargate start' : ''
    return `is rootless: its containers are in a user namespace, where this process cannot give them the network of a VPC${remedy}`
  }
  // Docker Desktop, Colima and other engines in virtual machines: Linux of another release.
  if (KernelVersion !== undefined && KernelVersion !== '' && KernelVersion !== release())
    return `runs on another machine (Linux ${KernelVersion}), where its containers cannot be given the network of a VPC`
  return undefined
}

// Docker says it among its options of security, Podman in a field of its own.
function isRootless({ Rootless, SecurityOptions }: InfoAnswer): boolean {
  return Rootless === true || (SecurityOptions ?? []).some((option) => option.includes('rootless'))
}

// A user has no control groups of version 1: containers stay in the one that the engine was started in.
function controlGroups(info: InfoAnswer): Pick<FoundEngine, 'cgroupDriver' | 'restriction'> {
  const { CgroupDriver: driver, CgroupVersion: version } = info
  if (!isRootless(info) || version !== '1')
    return { cgroupDriver: driver === 'systemd' ? 'systemd' : 'cgroupfs' }
  const restriction =
    'rootless on cgroup version 1: limits of CPU and memory do not hold, and nobody knows what a pod uses'
  return { cgroupDriver: 'none', restriction }
}

async function engineAt(
  socketPath: string,
  environment: Environment,
  { isInside, outsider }: Place,
): Promise<FoundEngine | NoEngine> {
  const api = new EngineApi(socketPath)
  try {
    if (isInside && statSync(socketPath).uid === outsider)
      return {
        missing: `${socketPath} is of a user outside of this user namespace, and so are the containers of the engine there; start Neargate outside, as root`,
      }
    const signal = AbortSignal.timeout(TIME_LIMIT_MS)
    const answer = await api.json<VersionAnswer>('GET', '/version', { signal })
    const isPodman = (answer.Components ?? []).some(({ Name = '' }) => Name.includes('Podman'))
    const info = await api.json<InfoAnswer>('GET', '/info', { signal })
    const { Version: version = '' } = answer
    const name = isPodman ? 'podman' : 'docker'
    // Who is in the user namespace of its containers may give them networks there.
    const why = isInside && name === 'podman' ? undefined : whyOutOfReach(name, info)
    if (why !== undefined) return { missing: `${name} ${version} at ${socketPath} ${why}` }
    const machineKeys: MachineKeys = (image) => dockerKeys(environment, image)
    return { api, name, version, machineKeys, ...controlGroups(info) }
  } catch (error) {
    const text = messageOf(error)
    return { missing: text.includes('EACCES') ? `${text} (its socket is not this user's to open)` : text }
  }
}
