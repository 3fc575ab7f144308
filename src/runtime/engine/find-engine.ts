// Owns finding the container engine of this machine: the sockets where one may listen, and what answers there.
import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'

import { messageOf } from '../../base/errors.ts'
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
}

/** Where an engine was looked for, and what was wrong there. */
export interface NoEngine {
  readonly missing: string
}

const TIME_LIMIT_MS = 15_000

/** Sockets where an engine may listen, the likeliest first; one that `DOCKER_HOST` names alone. */
export function socketsOf(environment: Environment): readonly string[] {
  const host = environment['DOCKER_HOST']
  if (host) return host.startsWith('unix://') ? [host.slice('unix://'.length)] : []
  const { HOME: home = '', XDG_RUNTIME_DIR: runtime } = environment
  return [
    '/var/run/docker.sock',
    '/run/podman/podman.sock',
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman/podman.sock')] : []),
    ...['.docker/run/docker.sock', '.colima/default/docker.sock'].map((path) => join(home, path)),
  ]
}

/** Asks who answers on the first socket that is there. */
export async function findEngine(environment: Environment): Promise<FoundEngine | NoEngine> {
  const host = environment['DOCKER_HOST']
  if (host && !host.startsWith('unix://')) {
    return { missing: `DOCKER_HOST is ${host}, and only engines on a Unix socket can be used` }
  }
  const present = socketsOf(environment).filter((path) => existsSync(path))
  const failures: string[] = []
  for (const path of present) {
    const found = await engineAt(path, environment)
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
}

/** Why pods cannot have a network in an engine that answers: its containers are where this process cannot reach. */
function whyOutOfReach({ SecurityOptions, KernelVersion }: InfoAnswer): string | undefined {
  if ((SecurityOptions ?? []).some((option) => option.includes('rootless')))
    return 'is rootless: its containers are in a user namespace, where they cannot be given the network of a VPC'
  // Docker Desktop, Colima and other engines in virtual machines: Linux of another release.
  if (KernelVersion !== undefined && KernelVersion !== '' && KernelVersion !== release())
    return `runs on another machine (Linux ${KernelVersion}), where its containers cannot be given the network of a VPC`
  return undefined
}

async function engineAt(socketPath: string, environment: Environment): Promise<FoundEngine | NoEngine> {
  const api = new EngineApi(socketPath)
  try {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS)
    const answer = await api.json<VersionAnswer>('GET', '/version', { signal })
    const isPodman = (answer.Components ?? []).some(({ Name = '' }) => Name.includes('Podman'))
    const info = await api.json<InfoAnswer>('GET', '/info', { signal })
    const { Version: version = '' } = answer
    const name = isPodman ? 'podman' : 'docker'
    const why = whyOutOfReach(info)
    if (why !== undefined) return { missing: `${name} ${version} at ${socketPath} ${why}` }
    const cgroupDriver = info.CgroupDriver === 'systemd' ? 'systemd' : 'cgroupfs'
    return { api, name, version, cgroupDriver, machineKeys: (image) => dockerKeys(environment, image) }
  } catch (error) {
    const text = messageOf(error)
    return { missing: text.includes('EACCES') ? `${text} (its socket is not this user's to open)` : text }
  }
}
