// Owns the sandboxes of an engine: a pause container a pod, its network, and the files that its containers share.
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { KeyedLock } from '../../base/keyed-lock.ts'
import type { DatagramWay } from '../../network/datagrams.ts'
import type { PodWay } from '../../network/dialer.ts'
import { RuntimeError, type ContainerSpec, type HostMount, type SandboxSpec } from '../runtime.ts'
import { listContainers, type EngineApi } from './api.ts'
import {
  cgroupOf,
  sandboxBody,
  type CreateSetting,
  type PauseNamespaces,
  type SandboxHost,
} from './create-body.ts'
import type { ContainerAnswer } from './exits.ts'
import type { EngineImages } from './images.ts'
import { ownFilter, sandboxLabels } from './labels.ts'
import { findCgroup, type Cgroup } from './pod-cgroup.ts'
import type { SandboxNetwork } from './ports.ts'

export interface SandboxesOptions {
  readonly api: EngineApi
  readonly network: SandboxNetwork
  readonly directory: string
  readonly setting: CreateSetting
  readonly images: EngineImages
}

/** A sandbox that containers can be started in. */
export interface Sandbox extends SandboxHost {
  readonly spec: SandboxSpec
  /** Aborts when it is being removed. */
  readonly isGone: AbortSignal
}

interface Entry extends Sandbox {
  readonly gone: AbortController
  /** Removes its control group. */
  readonly remove: (() => Promise<void>) | undefined
}

interface Pause {
  readonly id: string
  readonly pid: number
}

/** The sandboxes of one cluster. */
export class Sandboxes {
  readonly #options: SandboxesOptions
  readonly #entries = new Map<string, Entry>()
  // Of one sandbox, and of the network of one node, one thing is done at a time.
  readonly #lock = new KeyedLock()

  constructor(options: SandboxesOptions) {
    this.#options = options
  }

  /** Makes the sandbox, or finds the one that is there from before. */
  async create(spec: SandboxSpec): Promise<void> {
    await this.#lock.run(spec.id, () => this.#create(spec))
  }

  /** @throws RuntimeError NotFound */
  find(sandboxId: string): Sandbox {
    const entry = this.#entries.get(sandboxId)
    if (!entry) throw new RuntimeError('NotFound', `sandbox ${sandboxId} not found`)
    return entry
  }

  /** From now on no container is started in it. */
  forget(sandboxId: string): void {
    this.#entries.get(sandboxId)?.gone.abort()
  }

  /** It is being removed, or is not there. */
  isGoing(sandboxId: string): boolean {
    return this.#entries.get(sandboxId)?.isGone.aborted ?? true
  }

  /** Removes what is left of it once its containers are gone. */
  async remove(sandboxId: string): Promise<void> {
    await this.#lock.run(sandboxId, async () => {
      const entry = this.#entries.get(sandboxId)
      this.#entries.delete(sandboxId)
      await this.#options.network.detach(sandboxId)
      await this.#removePauses(sandboxId)
      await entry?.remove?.()
      await rm(join(this.#options.directory, sandboxId), { recursive: true, force: true })
      if (entry && isOnNode(entry.spec)) await this.#removeUnused(entry.spec.node)
    })
  }

  wayTo(sandboxId: string, port: number): PodWay | undefined {
    const place = this.#placeOf(sandboxId)
    return place === undefined ? undefined : this.#options.network.wayTo(place, port)
  }

  datagramsTo(sandboxId: string, port: number): DatagramWay | undefined {
    const place = this.#placeOf(sandboxId)
    return place === undefined ? undefined : this.#options.network.datagramsTo(place, port)
  }

  /** The sandbox whose network it uses. */
  #placeOf(sandboxId: string): string | undefined {
    const spec = this.#entries.get(sandboxId)?.spec
    return spec?.environment?.isHostNetwork ? nodeSandbox(spec.node) : spec && sandboxId
  }

  /** Where a container leaves its last word, on this machine. */
  messagePath({ sandboxId, name, attempt }: Pick<ContainerSpec, 'sandboxId' | 'name' | 'attempt'>): string {
    return join(this.#options.directory, sandboxId, 'containers', name, String(attempt))
  }

  /** Makes that file. */
  async messageFile(spec: ContainerSpec): Promise<HostMount | undefined> {
    if (spec.terminationMessagePath === undefined) return undefined
    const path = this.messagePath(spec)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, '')
    // Whatever user the container runs as may write it, as the kubelet has it, and whatever this process's umask is.
    await chmod(path, 0o666)
    return { hostPath: path, containerPath: spec.terminationMessagePath, isReadOnly: false }
  }

  async #create(spec: SandboxSpec): Promise<void> {
    const { network, setting } = this.#options
    const { isHostNetwork = false, isHostIpc = false, isHostPid = false } = spec.environment ?? {}
    const node = isOnNode(spec) ? await this.#nodePause(spec) : undefined
    const ofNode = node && `container:${node.id}`
    const pause = await this.#pause(spec, {
      network: (isHostNetwork && ofNode) || 'none',
      ipc: (isHostIpc && ofNode) || 'shareable',
    })
    const { id, ip, node: nodeName } = spec
    if (!isHostNetwork) await network.attach({ id, ip, node: nodeName, pid: pause.pid })
    const cgroup = await this.#limit(spec, pause.pid)
    const mounts = await this.#files(spec)
    const gone = new AbortController()
    this.#entries.set(id, {
      spec,
      pauseId: pause.id,
      ipcId: (isHostIpc && node?.id) || pause.id,
      processesId: isHostPid ? node?.id : spec.environment?.sharesProcesses ? pause.id : undefined,
      labels: sandboxLabels(setting.owner, spec),
      hostname: spec.environment?.hostname ?? spec.name,
      cgroup: cgroup && cgroupOf(setting, spec),
      mounts,
      gone,
      remove: cgroup?.remove,
      isGone: gone.signal,
    })
  }

  /** Limits the pod as a whole: again after a restart, as what it may have may have changed. */
  async #limit(spec: SandboxSpec, pid: number): Promise<Cgroup | undefined> {
    const name = cgroupOf(this.#options.setting, spec)
    if (name === undefined || !spec.limits) return undefined
    const group = await findCgroup(pid, name)
    await group.limit(spec.limits)
    return group
  }

  /** The pause container whose network, shared memory and processes the pods of a node share that ask for the host's. */
  async #nodePause({ node, ip }: SandboxSpec): Promise<Pause> {
    const { network } = this.#options
    const id = nodeSandbox(node)
    return await this.#lock.run(id, async () => {
      const spec = { id, namespace: '', name: node, ip, node, labels: {} }
      const pause = await this.#pause(spec, { network: 'none', ipc: 'shareable' })
      await network.attach({ id, ip, node, pid: pause.pid })
      return pause
    })
  }

  async #pause(spec: SandboxSpec, namespaces: PauseNamespaces): Promise<Pause> {
    const { api, images, setting } = this.#options
    const present = await this.#find(spec.id)
    if (present && present.pid > 0) return present
    if (present) await this.#removePauses(spec.id)
    await images.ensurePause()
    const body = sandboxBody(setting, spec, namespaces)
    const { Id: id } = await api.json<{ Id: string }>('POST', '/containers/create', { body })
    try {
      await api.text('POST', `/containers/${id}/start`)
      const { State } = await api.json<ContainerAnswer>('GET', `/containers/${id}/json`)
      return { id, pid: State.Pid }
    } catch (error) {
      await this.#delete(id)
      throw error
    }
  }

  async #find(sandboxId: string): Promise<Pause | undefined> {
    const [id] = await this.#pauses(sandboxId)
    if (id === undefined) return undefined
    const { State } = await this.#options.api.json<ContainerAnswer>('GET', `/containers/${id}/json`)
    return { id, pid: State.Running ? State.Pid : 0 }
  }

  async #pauses(sandboxId: string): Promise<string[]> {
    const { api, setting } = this.#options
    const filters = ownFilter(setting.owner, { sandboxId, kind: 'sandbox' })
    const found = await listContainers<{ Id: string }>(api, filters)
    return found.map(({ Id }) => Id)
  }

  async #removePauses(sandboxId: string): Promise<void> {
    await Promise.all((await this.#pauses(sandboxId)).map((id) => this.#delete(id)))
  }

  async #delete(id: string): Promise<void> {
    await this.#options.api
      .text('DELETE', `/containers/${id}`, { query: { force: true, v: true } })
      .catch((error: unknown) => {
        if (!(error instanceof RuntimeError) || error.code !== 'NotFound') throw error
      })
  }

  async #removeUnused(node: string): Promise<void> {
    const id = nodeSandbox(node)
    await this.#lock.run(id, async () => {
      const isUsed = [...this.#entries.values()].some(({ spec }) => spec.node === node && isOnNode(spec))
      if (isUsed) return
      await this.#options.network.detach(id)
      await this.#removePauses(id)
    })
  }

  async #files({ id, environment }: SandboxSpec): Promise<HostMount[]> {
    if (!environment) return []
    const directory = join(this.#options.directory, id, 'etc')
    await mkdir(directory, { recursive: true })
    const files = {
      'resolv.conf': environment.resolvConf,
      hosts: environment.hosts,
      hostname: `${environment.hostname}\n`,
    }
    return await Promise.all(
      Object.entries(files).map(async ([name, text]) => {
        const hostPath = join(directory, name)
        await writeFile(hostPath, text)
        return { hostPath, containerPath: `/etc/${name}`, isReadOnly: false }
      }),
    )
  }
}

/** It shares something with the other pods of its node. */
function isOnNode({ environment }: SandboxSpec): boolean {
  return [environment?.isHostNetwork, environment?.isHostIpc, environment?.isHostPid].includes(true)
}

function nodeSandbox(node: string): string {
  return `node/${node}`
}
