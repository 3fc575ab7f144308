// Owns running the containers of one cluster in a container engine: a sandbox a pod, its containers in the sandbox's
// namespaces, all of them found again by their labels after a restart of this process.
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import {
  RuntimeError,
  type AttachRequest,
  type ContainerExit,
  type ContainerResources,
  type ContainerSpec,
  type ContainerUsage,
  type ExecRequest,
  type ImagePull,
  type LogLine,
  type LogOptions,
  type RunningContainer,
  type Runtime,
  type SandboxSpec,
} from '../runtime.ts'
import { listContainers, type EngineApi } from './api.ts'
import { usageReader } from './cgroup-usage.ts'
import { ContainerTable } from './container-table.ts'
import { containerBody, cpuShares, createSetting, type CreateSetting } from './create-body.ts'
import { hearEvents } from './events.ts'
import { exitFrom, timeOf, type ContainerAnswer } from './exits.ts'
import { EngineImages, type MachineKeys } from './images.ts'
import { identityOf, ownFilter, type Labels } from './labels.ts'
import { readLogFile } from './log-file.ts'
import { readLog } from './log-lines.ts'
import { findCgroup, type CgroupDriver } from './pod-cgroup.ts'
import type { SandboxNetwork } from './ports.ts'
import { Sandboxes } from './sandboxes.ts'
import { attachTo, execIn } from './sessions.ts'

export interface EngineRuntimeOptions {
  readonly api: EngineApi
  /** Shown to users: `docker`, `podman`. */
  readonly name: string
  readonly cgroupDriver: CgroupDriver
  /** Whose containers these are: all that carry it as a label, and no others. */
  readonly owner: string
  readonly network: SandboxNetwork
  /** Absent: the machine has none. */
  readonly machineKeys?: MachineKeys
  /** For the files of sandboxes; what is in it of a pod goes with its sandbox. */
  readonly directory: string
  readonly clock: Clock
  readonly log: Log
}

export interface EngineRuntime extends Runtime {
  /** Finds what runs from before; once, before use. */
  resume(): Promise<void>
  /** Whether an image is there; nothing is pulled. */
  hasImage(image: string): Promise<boolean>
  /** Ends the use of the engine. @param keeps leave what runs; else all of it is removed */
  close(keeps: boolean): Promise<void>
}

/** A runtime over a container engine. */
export function createEngineRuntime(options: EngineRuntimeOptions): EngineRuntime {
  return new Engine(options)
}

interface ListAnswer {
  readonly Id: string
  readonly State: string
  readonly Labels?: Labels
}

interface SizeAnswer {
  readonly SizeRw?: number
  readonly LogPath?: string
}

const KILLED = 137

class Engine implements EngineRuntime {
  readonly name: string
  readonly #options: EngineRuntimeOptions
  readonly #api: EngineApi
  readonly #setting: CreateSetting
  readonly #images: EngineImages
  readonly #sandboxes: Sandboxes
  readonly #table = new ContainerTable()
  readonly #supervisor: Supervisor
  /** Containers that are being started, by sandbox. */
  readonly #starts = new Map<string, Set<Promise<string>>>()
  #isThere = true

  constructor(options: EngineRuntimeOptions) {
    const { api, name, owner, cgroupDriver, log } = options
    this.name = name
    this.#options = options
    this.#api = api
    this.#setting = createSetting(name, { owner, cgroupDriver })
    this.#images = new EngineImages(api, options.machineKeys)
    this.#sandboxes = new Sandboxes({ ...options, setting: this.#setting, images: this.#images })
    this.#supervisor = new Supervisor(log)
  }

  get isHealthy(): boolean {
    return this.#isThere
  }

  async resume(): Promise<void> {
    const { owner, clock, log } = this.#options
    await this.#lookUp()
    this.#supervisor.run('the events of the container engine', (signal) =>
      hearEvents(
        {
          api: this.#api,
          owner,
          clock,
          log,
          onEnd: (id) => this.#supervisor.run(`the end of container ${id}`, () => this.#settle(id)),
          onConnect: async () => {
            await this.#lookUp()
            this.#isThere = true
          },
          onLoss: () => {
            this.#isThere = false
          },
        },
        signal,
      ),
    )
  }

  async close(keeps: boolean): Promise<void> {
    await this.#supervisor.stop()
    if (keeps || !this.#isThere) return
    const found = await this.#found({})
    const sandboxes = new Set(found.map(({ Labels }) => identityOf(Labels)?.sandboxId ?? ''))
    // The networks of nodes are others' too, and go last.
    const [nodes = [], pods = []] = ['node', 'pod'].map((kind) =>
      [...sandboxes].filter((id) => id.startsWith('node/') === (kind === 'node')),
    )
    await Promise.all(pods.map((id) => this.removeSandbox(id)))
    await Promise.all(nodes.map((id) => this.removeSandbox(id)))
  }

  async createSandbox(spec: SandboxSpec): Promise<void> {
    await this.#sandboxes.create(spec)
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    this.#sandboxes.forget(sandboxId)
    // What is being started sees that its sandbox goes; an engine that does both at once may lose count.
    await Promise.allSettled(this.#starts.get(sandboxId) ?? new Set<Promise<string>>())
    const found = await this.#found({ sandboxId, kind: 'container' })
    await Promise.all(found.map(({ Id }) => this.#remove(Id)))
    await this.#sandboxes.remove(sandboxId)
    const finishedAtMs = this.#options.clock.now()
    for (const { id } of this.#table.of(sandboxId)) {
      this.#table.end(id, { exitCode: KILLED, reason: 'Error', finishedAtMs })
      this.#table.drop(id)
    }
  }

  async hasImage(image: string): Promise<boolean> {
    return (await this.#images.find(image)) !== undefined
  }

  async ensureImage(image: string, pull: ImagePull): Promise<string> {
    return await this.#images.ensure(image, pull)
  }

  async imageUser(image: string): Promise<string | undefined> {
    return await this.#images.userOf(image)
  }

  async startContainer(spec: ContainerSpec): Promise<string> {
    const { sandboxId } = spec
    const starts = this.#starts.get(sandboxId) ?? new Set()
    this.#starts.set(sandboxId, starts)
    const start = this.#start(spec)
    starts.add(start)
    try {
      return await start
    } finally {
      starts.delete(start)
      if (starts.size === 0) this.#starts.delete(sandboxId)
    }
  }

  async #start(spec: ContainerSpec): Promise<string> {
    const sandbox = this.#sandboxes.find(spec.sandboxId)
    if (sandbox.isGone.aborted) throw new RuntimeError('NotFound', `sandbox ${spec.sandboxId} not found`)
    await this.#forget(spec)
    const messageFile = await this.#sandboxes.messageFile(spec)
    const mounts = messageFile ? [...sandbox.mounts, messageFile] : sandbox.mounts
    const body = containerBody(this.#setting, spec, {
      sandbox: { ...sandbox, mounts },
      targetId: this.#targetOf(spec),
    })
    const { Id: id } = await this.#api.json<{ Id: string }>('POST', '/containers/create', { body })
    try {
      await this.#api.text('POST', `/containers/${id}/start`)
    } catch (error) {
      await this.#remove(id)
      throw notStarted(id, error)
    }
    if (sandbox.isGone.aborted) {
      await this.#remove(id)
      throw new RuntimeError('NotFound', `sandbox ${spec.sandboxId} not found`)
    }
    this.#table.add({
      id,
      identity: spec,
      startedAtMs: this.#options.clock.now(),
      isTerminal: spec.process?.tty ?? false,
      messageFile: messageFile?.hostPath,
    })
    // One that ended before it was known here was told to nobody.
    this.#supervisor.run(`the start of container ${id}`, () => this.#settle(id))
    return id
  }

  /** Real processes listen themselves. */
  async exposePorts(containerId: string): Promise<void> {
    this.#table.find(containerId)
  }

  async stopContainer(containerId: string, graceMs: number): Promise<void> {
    if (!this.#table.has(containerId) || !this.#table.find(containerId).isRunning) return
    await this.#api
      .text('POST', `/containers/${containerId}/stop`, { query: { t: Math.ceil(graceMs / 1000) } })
      .catch(unlessAbsent)
    await this.#settle(containerId)
    // Whoever stops it knows that it ends.
    if (this.#table.has(containerId)) this.#table.find(containerId).isSeen = true
  }

  // Engines differ in how they are asked, and some cannot be: the kernel does it at once.
  async resize(containerId: string, { limits, requests }: ContainerResources): Promise<void> {
    this.#table.find(containerId)
    const { State } = await this.#inspect(containerId)
    try {
      const group = await findCgroup(State.Pid, containerId)
      await group.limit({ ...limits, cpuShares: cpuShares(requests.cpuMilli ?? limits.cpuMilli ?? 0) })
    } catch (cause) {
      throw new RuntimeError('StartFailed', `the kernel refused its limits: ${messageOf(cause)}`, { cause })
    }
  }

  async wait(containerId: string): Promise<ContainerExit> {
    const container = this.#table.find(containerId)
    container.isSeen = true
    return await container.exit
  }

  async *logs(containerId: string, options: LogOptions): AsyncGenerator<LogLine> {
    const container = this.#table.find(containerId)
    const { LogPath: path } = await this.#inspect(containerId)
    const form = this.#setting.logDriver === 'k8s-file' ? 'cri' : 'json'
    const hasEnded = (): boolean => !container.isRunning
    // Who has the rights to make networks but is not root may not read it.
    if (path && existsSync(path))
      yield* readLogFile({ path, form, clock: this.#options.clock, hasEnded }, options)
    else yield* readLog(this.#api, container, options)
  }

  async exec(containerId: string, request: ExecRequest): Promise<number> {
    this.#table.find(containerId)
    return await execIn(this.#place(containerId), request)
  }

  async attach(containerId: string, request: AttachRequest): Promise<void> {
    this.#table.find(containerId)
    await attachTo(this.#place(containerId), request)
  }

  #place(containerId: string): Parameters<typeof execIn>[0] {
    return { api: this.#api, clock: this.#options.clock, containerId }
  }

  async usage(containerId: string): Promise<ContainerUsage> {
    const container = this.#table.find(containerId)
    // The engine is asked for its process once: it has none other for as long as it runs.
    if (container.usage === undefined) {
      const { State } = await this.#inspect(containerId)
      container.usage = usageReader(State.Pid, containerId) ?? null
    }
    const usage = container.usage?.()
    if (usage) return usage
    throw new RuntimeError('Unavailable', `the kernel does not tell what container ${containerId} uses`)
  }

  async written(containerId: string): Promise<number> {
    this.#table.find(containerId)
    const { SizeRw = 0, LogPath = '' } = await this.#api.json<SizeAnswer>(
      'GET',
      `/containers/${containerId}/json`,
      { query: { size: true } },
    )
    return SizeRw + (await logBytes(LogPath))
  }

  addressOf(sandboxId: string, port: number): ReturnType<Runtime['addressOf']> {
    const isRunning = this.#table.of(sandboxId).some((one) => one.isRunning)
    return isRunning ? this.#sandboxes.wayTo(sandboxId, port) : undefined
  }

  datagramsTo(sandboxId: string, port: number): ReturnType<Runtime['datagramsTo']> {
    const isRunning = this.#table.of(sandboxId).some((one) => one.isRunning)
    return isRunning ? this.#sandboxes.datagramsTo(sandboxId, port) : undefined
  }

  async list(): Promise<readonly RunningContainer[]> {
    return this.#table.list()
  }

  async #found(which: Parameters<typeof ownFilter>[1]): Promise<ListAnswer[]> {
    const filters = ownFilter(this.#options.owner, which)
    return await listContainers<ListAnswer>(this.#api, filters)
  }

  #targetOf({ sandboxId, process }: ContainerSpec): string | undefined {
    const name = process?.processesOf
    return this.#table.of(sandboxId).find(({ identity, isRunning }) => isRunning && identity.name === name)
      ?.id
  }

  async #inspect(id: string): Promise<ContainerAnswer> {
    return await this.#api.json<ContainerAnswer>('GET', `/containers/${id}/json`)
  }

  /** Takes note of the end of a container, if it has ended. */
  async #settle(id: string): Promise<void> {
    if (!this.#table.has(id) || !this.#table.find(id).isRunning) return
    const answer = await this.#inspect(id).catch(unlessAbsent)
    if (!answer) return this.#lost(id)
    const { Status, Running } = answer.State
    if (Running || Status === 'running' || Status === 'stopping' || !this.#table.has(id)) return
    const { messageFile } = this.#table.find(id)
    this.#table.end(id, await exitFrom(answer, { messageFile, nowMs: this.#options.clock.now() }))
  }

  /** It is not there any more: it went with its sandbox, or somebody else has removed it. */
  #lost(id: string): void {
    if (!this.#table.has(id)) return
    const { identity } = this.#table.find(id)
    if (this.#sandboxes.isGoing(identity.sandboxId)) {
      this.#table.end(id, { exitCode: KILLED, reason: 'Error', finishedAtMs: this.#options.clock.now() })
    } else this.#table.drop(id)
  }

  /** Brings what is known in line with what the engine has. */
  async #lookUp(): Promise<void> {
    const found = await this.#found({ kind: 'container' })
    const present = new Set(found.map(({ Id }) => Id))
    for (const { id } of this.#table.running()) if (!present.has(id)) this.#table.drop(id)
    await Promise.all(found.map(({ Id, Labels }) => this.#adopt(Id, Labels)))
  }

  async #adopt(id: string, labels: Labels | undefined): Promise<void> {
    const identity = identityOf(labels)
    if (identity?.kind !== 'container') return
    if (this.#table.has(id)) return await this.#settle(id)
    const answer = await this.#inspect(id).catch(unlessAbsent)
    if (!answer || answer.State.Status === 'created' || this.#table.has(id)) return
    const { State, Config } = answer
    this.#table.add({
      id,
      identity,
      startedAtMs: timeOf(State.StartedAt) ?? this.#options.clock.now(),
      isTerminal: Config.Tty ?? false,
      messageFile: this.#sandboxes.messagePath(identity),
    })
    await this.#settle(id)
  }

  // The run before is kept, for `logs --previous`; the kubelet keeps one dead container, too (MaxPerPodContainer).
  async #forget({ sandboxId, name }: ContainerSpec): Promise<void> {
    const ended = this.#table
      .of(sandboxId)
      .filter(({ identity, isRunning }) => !isRunning && identity.name === name)
      .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
    await Promise.all(
      ended.slice(0, -1).map(async ({ id }) => {
        await this.#remove(id)
        this.#table.drop(id)
      }),
    )
  }

  async #remove(id: string): Promise<void> {
    await this.#api
      .text('DELETE', `/containers/${id}`, { query: { force: true, v: true } })
      .catch(unlessAbsent)
  }
}

/** Bytes of a log and of what was rotated out of it; an engine may have it where this process does not see it. */
async function logBytes(path: string): Promise<number> {
  if (path === '') return 0
  const names = await readdir(dirname(path)).catch(() => [])
  const files = names.filter((name) => name.startsWith(basename(path)))
  const sizes = await Promise.all(
    files.map(async (name) => (await stat(join(dirname(path), name)).catch(() => undefined))?.size ?? 0),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

// Whatever status engines answer with where a program is missing or may not be run.
function notStarted(containerId: string, error: unknown): unknown {
  if (!(error instanceof RuntimeError) || error.code === 'Unavailable') return error
  return new RuntimeError('ProcessFailed', error.message, { cause: error, containerId })
}

function unlessAbsent(error: unknown): undefined {
  if (error instanceof RuntimeError && error.code === 'NotFound') return undefined
  throw error
}
