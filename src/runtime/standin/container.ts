// Owns one stand-in container from its start to its end: its ports, its log and how it ended.
import type { Clock } from '../../base/clock.ts'
import type { HostAddress } from '../../network/dialer.ts'
import type { ContainerExit, ContainerSpec, SandboxSpec } from '../runtime.ts'
import type { Builtin, BuiltinImage } from './builtins.ts'
import type { Listeners, OpenPort } from './listeners.ts'
import { LogBuffer } from './log-buffer.ts'

export interface StandinContainerOptions {
  readonly id: string
  readonly sandbox: SandboxSpec
  readonly spec: ContainerSpec
  readonly startedAtMs: number
  readonly clock: Clock
}

/** A container that runs nothing. */
export class StandinContainer {
  readonly id: string
  readonly spec: ContainerSpec
  readonly startedAtMs: number
  readonly log = new LogBuffer()
  readonly exit: Promise<ContainerExit>
  readonly #sandbox: SandboxSpec
  readonly #clock: Clock
  readonly #ports = new Map<number, OpenPort>()
  readonly #resolveExit: (exit: ContainerExit) => void
  #builtin: Builtin | undefined
  #isRunning = true

  constructor({ id, sandbox, spec, startedAtMs, clock }: StandinContainerOptions) {
    this.id = id
    this.spec = spec
    this.startedAtMs = startedAtMs
    this.#sandbox = sandbox
    this.#clock = clock
    const { promise, resolve } = Promise.withResolvers<ContainerExit>()
    this.exit = promise
    this.#resolveExit = resolve
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  /** Opens the ports, or ends at once when it is expected to end and nobody could talk to it. */
  async open(listeners: Listeners, builtin: BuiltinImage | undefined): Promise<void> {
    const ports = new Set(
      this.spec.ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port),
    )
    if (this.spec.isExpectedToEnd && ports.size === 0) {
      this.#say(`stand-in for ${this.spec.image}: ran nothing, ended with exit code 0`)
      return await this.finish(0)
    }
    await this.#listen(listeners, [...ports])
    this.#announce([...ports])
    const context = { log: (text: string) => this.#say(text) }
    this.#builtin = await builtin?.start(this.#sandbox, this.spec, context)
  }

  /** Opens ports that are not open yet; no error when it has ended. */
  async expose(listeners: Listeners, ports: readonly number[]): Promise<void> {
    const missing = ports.filter((port) => !this.#ports.has(port))
    if (!this.#isRunning || missing.length === 0) return
    await this.#listen(listeners, missing)
    // It may have ended meanwhile: nothing may stay open then.
    if (!this.#isRunning) return await this.close()
    this.#say(`stand-in for ${this.spec.image} listening on ${missing.join(', ')}, as a Service has it`)
  }

  addressOf(port: number): HostAddress | undefined {
    return this.#isRunning ? this.#ports.get(port)?.address : undefined
  }

  /** Ends the container as a process that exits with this code. */
  async finish(exitCode: number): Promise<void> {
    if (!this.#isRunning) return
    this.#isRunning = false
    await this.close()
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    this.#resolveExit({ exitCode, reason, finishedAtMs: this.#clock.now() })
  }

  /** Closes what is open without ending the container: the region stops, the pod goes on later. */
  async close(): Promise<void> {
    this.log.end()
    await Promise.all([this.#builtin?.stop(), ...[...this.#ports.values()].map((port) => port.close())])
    this.#ports.clear()
  }

  async #listen(listeners: Listeners, ports: readonly number[]): Promise<void> {
    const identity = { sandbox: this.#sandbox, container: this.spec.name, image: this.spec.image }
    const owner = { identity, log: (text: string) => this.#say(text) }
    await Promise.all(ports.map(async (port) => void this.#ports.set(port, await listeners.open(owner))))
  }

  #announce(ports: readonly number[]): void {
    const where = ports.length === 0 ? 'declares no TCP port' : `listening on ${ports.join(', ')}`
    this.#say(`stand-in for ${this.spec.image} ${where}`)
    const silent = this.spec.ports.filter(({ protocol }) => protocol !== 'TCP')
    for (const { port, protocol } of silent) this.#say(`${protocol} port ${port} is not opened`)
  }

  #say(text: string): void {
    this.log.append({ timeMs: this.#clock.now(), stream: 'stdout', text })
  }
}
