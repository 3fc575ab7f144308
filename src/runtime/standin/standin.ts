// Owns the embedded runtime: it runs nothing, opens the declared TCP ports and answers with who it stands in for.

import { sha256Hex } from '../../base/sha256.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import {
  RuntimeError,
  type AttachRequest,
  type ContainerSpec,
  type ContainerUsage,
  type ExecRequest,
  type ImagePull,
  type Runtime,
  type SandboxSpec,
} from '../runtime.ts'
import type { BuiltinImage, StandinCertificate } from './builtins.ts'
import { StandinContainer } from './container.ts'
import { Listeners } from './listeners.ts'

/** What a stand-in must remember to be there again after a restart. */
export type StandinRecord =
  | { readonly kind: 'sandbox'; readonly sandbox: SandboxSpec }
  | {
      readonly kind: 'container'
      readonly id: string
      readonly spec: ContainerSpec
      readonly startedAtMs: number
    }

/** Where records are kept; `Table<StandinRecord>` of the store serves. */
export interface StandinRecords {
  list(): readonly StandinRecord[]
  put(key: string, record: StandinRecord): Promise<void>
  delete(key: string): Promise<void>
}

export interface StandinOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly records: StandinRecords
  readonly builtins: readonly BuiltinImage[]
  /** Certificate for clients that speak TLS (probes with scheme HTTPS); without it they are refused. */
  readonly certificate?: () => StandinCertificate
}

export interface StandinRuntime extends Runtime {
  /** Opens the ports of everything that ran before; once, before use. */
  resume(): Promise<void>
  /** Closes every port and keeps the records: what ran is there again after `resume`. */
  close(): Promise<void>
}

/**
 * A runtime for machines without a container engine.
 *
 * A container whose command is a plain script (`sh -c 'echo hi; sleep 5; exit 3'`, `sleep 60`) does what the script
 * says: it sleeps, prints, writes its termination message and ends with its exit code. Every other one runs until it is
 * stopped, except where it is expected to end (init containers, pods with restart policy Never or OnFailure), declares
 * no port or is one that ends in any case (of a Job), and is not known to serve (`pause`, `nginx`, …): that one ends at
 * once with exit code 0, because there is no way to know how long the real one would have worked.
 *
 * It is well to probes of every kind. One by a command that is a plain script is run among the files that the
 * container's own script has written (`touch /tmp/healthy; sleep 30; rm /tmp/healthy` with `cat /tmp/healthy`), unless it
 * looks at what an image or a volume may bring.
 */
export function createStandinRuntime(options: StandinOptions): StandinRuntime {
  return new Standin(options)
}

class Standin implements StandinRuntime {
  readonly name = 'standin'
  readonly #options: StandinOptions
  readonly #listeners: Listeners
  readonly #sandboxes = new Map<string, SandboxSpec>()
  readonly #containers = new Map<string, StandinContainer>()
  /** What came back after a restart and may have ended before anybody looked: it is listed until then. */
  readonly #unseen = new Set<string>()
  /** By sandbox, what its scripts have written: one set of files for all containers of a pod. */
  readonly #files = new Map<string, Map<string, string>>()
  /** The same, by sandbox: no question about one pod looks at those of all. */
  readonly #inSandbox = new Map<string, Set<StandinContainer>>()

  constructor(options: StandinOptions) {
    this.#options = options
    this.#listeners = new Listeners(options.certificate)
  }

  async resume(): Promise<void> {
    const records = this.#options.records.list()
    for (const record of records) {
      if (record.kind === 'sandbox') this.#sandboxes.set(record.sandbox.id, record.sandbox)
    }
    await Promise.all(
      records.map(async (record) => {
        if (record.kind !== 'container') return
        const sandbox = this.#sandboxes.get(record.spec.sandboxId)
        if (!sandbox) return await this.#options.records.delete(`container/${record.id}`)
        const { id, spec, startedAtMs } = record
        try {
          await this.#launch(sandbox, id, { spec, startedAtMs })
          this.#unseen.add(id)
        } catch (error) {
          // Whoever asks for it sees a container that ended, and starts another one.
          this.#options.log.warn('a stand-in did not come back', {
            container: spec.name,
            image: spec.image,
            error,
          })
          await this.#options.records.delete(`container/${id}`)
        }
      }),
    )
  }

  async close(): Promise<void> {
    const all = [...this.#containers.values()]
    this.#containers.clear()
    this.#inSandbox.clear()
    this.#sandboxes.clear()
    this.#files.clear()
    await Promise.all(all.map((container) => container.close()))
  }

  async createSandbox(sandbox: SandboxSpec): Promise<void> {
    this.#sandboxes.set(sandbox.id, sandbox)
    await this.#options.records.put(`sandbox/${sandbox.id}`, { kind: 'sandbox', sandbox })
  }

  async removeSandbox(sandboxId: string): Promise<void> {
    const inside = this.#of(sandboxId)
    await Promise.all(inside.map((container) => this.stopContainer(container.id)))
    for (const container of inside) this.#drop(container)
    this.#files.delete(sandboxId)
    if (this.#sandboxes.delete(sandboxId)) await this.#options.records.delete(`sandbox/${sandboxId}`)
  }

  /** Nothing is pulled: the id is a digest of the name, marked as a stand-in's. */
  /** Which image would run as whom is not known. */
  async imageUser(): Promise<undefined> {
    return undefined
  }

  async ensureImage(image: string, { onPull }: ImagePull): Promise<string> {
    onPull?.()
    return `standin@sha256:${sha256Hex(image)}`
  }

  async startContainer(spec: ContainerSpec): Promise<string> {
    const sandbox = this.#sandboxes.get(spec.sandboxId)
    if (!sandbox) throw new RuntimeError('NotFound', `sandbox ${spec.sandboxId} not found`)
    const id = this.#options.ids.hex(64)
    const startedAtMs = this.#options.clock.now()
    await this.#launch(sandbox, id, { spec, startedAtMs })
    const container = this.#find(id)
    if (container.isRunning) {
      const record: StandinRecord = { kind: 'container', id, spec, startedAtMs }
      await this.#options.records.put(`container/${id}`, record)
    }
    return id
  }

  #filesOf(sandboxId: string): Map<string, string> {
    const files = this.#files.get(sandboxId) ?? new Map<string, string>()
    this.#files.set(sandboxId, files)
    return files
  }

  async #launch(
    sandbox: SandboxSpec,
    id: string,
    { spec, startedAtMs }: { spec: ContainerSpec; startedAtMs: number },
  ): Promise<void> {
    const { clock, builtins, ids } = this.#options
    const builtin = builtins.find((image) => image.matches(spec.image))
    const container = new StandinContainer({
      id,
      sandbox,
      spec,
      startedAtMs,
      clock,
      files: this.#filesOf(sandbox.id),
      random: () => Number.parseInt(ids.hex(4), 16) & 0x7fff,
    })
    try {
      await container.open(this.#listeners, builtin)
      // Its pod may have gone, or the region stopped, while the ports were opened.
      if (this.#sandboxes.get(sandbox.id) !== sandbox)
        throw new RuntimeError('NotFound', `sandbox ${sandbox.id} not found`)
    } catch (cause) {
      await container.close()
      if (cause instanceof RuntimeError) throw cause
      throw new RuntimeError('StartFailed', messageOf(cause), { cause })
    }
    this.#forget(spec)
    this.#containers.set(id, container)
    const siblings = this.#inSandbox.get(sandbox.id)
    if (siblings) siblings.add(container)
    else this.#inSandbox.set(sandbox.id, new Set([container]))
  }

  async exposePorts(containerId: string, ports: readonly number[]): Promise<void> {
    await this.#find(containerId).expose(this.#listeners, ports)
  }

  async stopContainer(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId)
    if (!container?.isRunning) return
    await this.#options.records.delete(`container/${containerId}`)
    // A stand-in has nothing to finish, so it ends at once, as a process does that obeys SIGTERM.
    await container.stop()
  }

  async wait(containerId: string) {
    const { exit: ended } = this.#find(containerId)
    this.#unseen.delete(containerId)
    const exit = await ended
    // What ended by itself does not come back.
    await this.#options.records.delete(`container/${containerId}`)
    return exit
  }

  logs(containerId: string, options: Parameters<Runtime['logs']>[1]) {
    return this.#find(containerId).log.read(options)
  }

  async exec(containerId: string, request: ExecRequest): Promise<number> {
    const container = this.#find(containerId)
    if (request.isProbe) return await container.probe(request)
    const { spec } = container
    throw new RuntimeError(
      'NotSupported',
      `container ${spec.name} is a Neargate stand-in for ${spec.image}: no process runs in it, so no command can; ` +
        'exec needs a container engine',
    )
  }

  /** Nothing reads what is typed: no process runs in a stand-in. What it says of itself is passed on. */
  async attach(containerId: string, { signal, onOutput }: AttachRequest): Promise<void> {
    const { log } = this.#find(containerId)
    for await (const { stream, text } of log.read({ follow: true, tailLines: 0, signal })) {
      onOutput(stream, Buffer.from(`${text}\n`))
    }
  }

  /** What a stand-in really uses: nothing that could be told apart from the region itself. */
  async usage(containerId: string): Promise<ContainerUsage> {
    this.#find(containerId)
    return { cpuNanos: 0, memoryBytes: 0, isStandin: true }
  }

  /** A stand-in is no process: it writes nothing. */
  async written(containerId: string) {
    this.#find(containerId)
    return 0
  }

  /** Whatever it is given, it uses nothing. */
  async resize(containerId: string) {
    this.#find(containerId)
  }

  addressOf(sandboxId: string, port: number) {
    for (const container of this.#of(sandboxId)) {
      const address = container.addressOf(port)
      if (address) return address
    }
    return undefined
  }

  /** A stand-in answers datagrams at every port: which ones the image would listen on nobody can tell. */
  datagramsTo(sandboxId: string, port: number) {
    const running = this.#of(sandboxId).filter(({ isRunning }) => isRunning)
    const container = running.find((one) => one.declares(port, 'UDP')) ?? running[0]
    return container && { answer: (bytes: Buffer) => container.answerDatagram(bytes, port) }
  }

  async list() {
    return [...this.#containers.values()]
      .filter(({ id, isRunning }) => isRunning || this.#unseen.has(id))
      .map(({ id, spec, startedAtMs }) => ({
        id,
        sandboxId: spec.sandboxId,
        name: spec.name,
        image: spec.image,
        startedAtMs,
      }))
  }

  // The run before is kept, for `logs --previous`; the kubelet keeps one dead container, too (MaxPerPodContainer).
  #forget({ sandboxId, name }: ContainerSpec): void {
    const ended = this.#of(sandboxId).filter(({ spec, isRunning }) => !isRunning && spec.name === name)
    for (const container of ended.slice(0, -1)) this.#drop(container)
  }

  /** Containers of a sandbox, in the order of their starts. */
  #of(sandboxId: string): readonly StandinContainer[] {
    return [...(this.#inSandbox.get(sandboxId) ?? [])]
  }

  #drop(container: StandinContainer): void {
    const { sandboxId } = container.spec
    this.#containers.delete(container.id)
    const siblings = this.#inSandbox.get(sandboxId)
    siblings?.delete(container)
    if (siblings?.size === 0) this.#inSandbox.delete(sandboxId)
  }

  #find(containerId: string): StandinContainer {
    const container = this.#containers.get(containerId)
    if (!container) throw new RuntimeError('NotFound', `container ${containerId} not found`)
    return container
  }
}
