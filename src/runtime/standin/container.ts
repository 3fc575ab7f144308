// Owns one stand-in container from its start to its end: its ports, its log and how it ended.
import { ABORTED } from '../../base/abort.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import type { HostAddress } from '../../network/dialer.ts'
import type { ContainerExit, ContainerSpec, ExecRequest, SandboxSpec } from '../runtime.ts'
import { plainText } from './answer.ts'
import type { Builtin, BuiltinImage } from './builtins.ts'
import type { Listeners, OpenPort } from './listeners.ts'
import { LogBuffer } from './log-buffer.ts'
import { probeView } from './probe-view.ts'
import { programOf, programOfCommand, type Program } from './program.ts'
import { UnknownScript, type Script } from './shell/parse.ts'
import { runScript, type Surroundings } from './shell/run.ts'

// setTimeout takes no more than 31 bits.
const LONGEST_TIMER_MS = 2 ** 31 - 1

export interface StandinContainerOptions {
  readonly id: string
  readonly sandbox: SandboxSpec
  readonly spec: ContainerSpec
  readonly startedAtMs: number
  readonly clock: Clock
  /** What scripts of its pod have written, by path. */
  readonly files: Map<string, string>
  /** A number of 15 bits. */
  readonly random: () => number
}

// PID 1 does not heed SIGTERM unless it asks for it: scripts and plain commands are killed.
const KILLED = 137

/** A container that runs no process: at most a plain script, step by step. */
export class StandinContainer {
  readonly id: string
  readonly spec: ContainerSpec
  readonly startedAtMs: number
  readonly log = new LogBuffer()
  readonly exit: Promise<ContainerExit>
  readonly #sandbox: SandboxSpec
  readonly #clock: Clock
  readonly #files: Map<string, string>
  readonly #random: () => number
  readonly #program: Program
  readonly #ended = new AbortController()
  readonly #ports = new Map<number, OpenPort>()
  readonly #resolveExit: (exit: ContainerExit) => void
  #builtin: Builtin | undefined
  #script: Promise<void> | undefined
  #isRunning = true

  constructor({ id, sandbox, spec, startedAtMs, clock, files, random }: StandinContainerOptions) {
    this.id = id
    this.spec = spec
    this.startedAtMs = startedAtMs
    this.#sandbox = sandbox
    this.#clock = clock
    this.#files = files
    this.#random = random
    this.#program = programOf(spec)
    const { promise, resolve } = Promise.withResolvers<ContainerExit>()
    this.exit = promise
    this.#resolveExit = resolve
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  /**
   * Opens the ports, and runs the script that its command is, if it is one. What nobody could talk to and is expected
   * to end does so at once, unless it is known to serve.
   */
  async open(listeners: Listeners, builtin: BuiltinImage | undefined): Promise<void> {
    const ports = new Set(
      this.spec.ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port),
    )
    if (this.#program.type === 'script' && !builtin) {
      await this.#listen(listeners, [...ports])
      this.#script = this.#run(this.#program.script)
      return
    }
    const isSilent = ports.size === 0 || this.spec.isTask
    if (this.spec.isExpectedToEnd && isSilent && this.#program.type === 'unknown') {
      this.#say(`stand-in for ${this.spec.image}: ran nothing, ended with exit code 0`)
      return await this.finish(0)
    }
    const context = {
      log: (text: string) => this.#say(text),
      exit: (code: number) => void this.finish(code),
    }
    this.#builtin = await builtin?.start(this.#sandbox, this.spec, context)
    // It may have ended itself.
    if (!this.#isRunning) return await this.close()
    await this.#listen(listeners, [...ports])
    this.#announce([...ports])
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

  declares(port: number, protocol: 'TCP' | 'UDP'): boolean {
    return this.spec.ports.some((one) => one.port === port && one.protocol === protocol)
  }

  /** What comes back for a datagram: the text by which a stand-in shows that nothing runs behind it. */
  answerDatagram(bytes: Buffer, port: number): Buffer {
    this.#say(`answered a datagram of ${bytes.length} bytes at ${port}`)
    return Buffer.from(
      plainText({ sandbox: this.#sandbox, container: this.spec.name, image: this.spec.image }),
    )
  }

  /**
   * What a probe by command comes to, as an exit code: that of a plain script, unless it looks at what an image or a volume may
   * bring; 0 where that, or the command, is not known.
   */
  async probe({ command, signal, onOutput }: ExecRequest): Promise<number> {
    const program = programOfCommand(command)
    if (program.type !== 'script') return 0
    const surroundings = this.#surroundings()
    const ended = signal ? AbortSignal.any([signal, this.#ended.signal]) : this.#ended.signal
    try {
      return await runScript(program.script, {
        ...surroundings,
        ...probeView(surroundings, [...this.spec.command, ...this.spec.args]),
        sleep: (seconds) => this.#clock.sleep(Math.min(seconds * 1000, LONGEST_TIMER_MS), ended),
        print: (text) => onOutput('stdout', Buffer.from(text)),
      })
    } catch (error) {
      if (error instanceof UnknownScript) return 0
      throw error
    }
  }

  #surroundings(): Pick<Surroundings, 'variables' | 'files' | 'random'> {
    const variables = new Map([['HOSTNAME', this.#sandbox.name], ...Object.entries(this.spec.env)])
    return { variables, files: this.#files, random: this.#random }
  }

  /** Ends the container as a signal does. */
  async stop(): Promise<void> {
    await this.finish(this.#script === undefined ? 0 : KILLED)
  }

  /** Ends the container as a process that exits with this code. */
  async finish(exitCode: number): Promise<void> {
    if (!this.#isRunning) return
    this.#isRunning = false
    await this.close()
    const reason = exitCode === 0 ? 'Completed' : 'Error'
    const path = this.spec.terminationMessagePath
    const message = path === undefined ? undefined : this.#files.get(path)
    const said = message === undefined || message === '' ? {} : { message }
    this.#resolveExit({ exitCode, reason, finishedAtMs: this.#clock.now(), ...said })
  }

  /** Closes what is open without ending the container: the region stops, the pod goes on later. */
  async close(): Promise<void> {
    this.#ended.abort(ABORTED)
    this.log.end()
    await Promise.all([this.#builtin?.stop(), ...[...this.#ports.values()].map((port) => port.close())])
    this.#ports.clear()
  }

  // Time passes as it did: a script that goes on after a restart of the region has slept meanwhile.
  async #run(script: Script): Promise<void> {
    let line = ''
    let timeMs = this.startedAtMs
    const print = (text: string): void => {
      const lines = `${line}${text}`.split('\n')
      line = lines.pop() ?? ''
      for (const each of lines) this.#say(each)
    }
    const sleep = async (seconds: number): Promise<void> => {
      timeMs += seconds * 1000
      for (let leftMs = timeMs - this.#clock.now(); leftMs > 0; leftMs = timeMs - this.#clock.now()) {
        await this.#clock.sleep(Math.min(leftMs, LONGEST_TIMER_MS), this.#ended.signal)
      }
    }
    this.#files.delete(this.spec.terminationMessagePath ?? '')
    try {
      const code = await runScript(script, { ...this.#surroundings(), sleep, print })
      if (line !== '') this.#say(line)
      await this.finish(code)
    } catch (error) {
      if (this.#ended.signal.aborted) return
      this.#say(`stand-in for ${this.spec.image} cannot run its command any further: ${messageOf(error)}`)
      if (this.spec.isExpectedToEnd) await this.finish(0)
    }
  }

  async #listen(listeners: Listeners, ports: readonly number[]): Promise<void> {
    const identity = { sandbox: this.#sandbox, container: this.spec.name, image: this.spec.image }
    const log = (text: string): void => this.#say(text)
    const server = this.#builtin?.server
    await Promise.all(
      ports.map(async (port) => {
        const owner = { identity, log, ...(server?.port === port ? { server } : {}) }
        this.#ports.set(port, await listeners.open(owner))
      }),
    )
  }

  #announce(ports: readonly number[]): void {
    const datagrams = this.spec.ports.filter(({ protocol }) => protocol === 'UDP')
    const all = [...ports, ...datagrams.map(({ port }) => `${port}/udp`)]
    const where = all.length === 0 ? 'declares no port' : `listening on ${all.join(', ')}`
    this.#say(`stand-in for ${this.spec.image} ${where}`)
    const silent = this.spec.ports.filter(({ protocol }) => protocol === 'SCTP')
    for (const { port, protocol } of silent) this.#say(`${protocol} port ${port} is not opened`)
  }

  #say(text: string): void {
    this.log.append({ timeMs: this.#clock.now(), stream: 'stdout', text })
  }
}
