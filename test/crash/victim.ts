// Owns the region that is killed: the program on a data directory of its own, its process, its ports.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { RegionIdentity } from '../../src/region/identity.ts'
import { isAlive } from '../../src/region/processes.ts'
import type { RegionFile } from '../../src/region/running.ts'
import { root, run, type Finished } from '../support/program.ts'
import { Failure } from './failure.ts'

const STEP_MS = 10

/** One data directory, and the program run on it. */
export class Victim {
  readonly home = mkdtempSync(join(tmpdir(), 'neargate-crash-'))
  /** Endpoints that a region of this directory has listened on. */
  readonly #endpoints = new Set<string>()

  /** Runs `neargate ARGS` to its end. @throws Failure when it crashes rather than fails. */
  async neargate(...args: string[]): Promise<Finished> {
    const program = join(root, 'bin/neargate.js')
    const finished = await run(process.execPath, [program, ...args], this.#environment())
    if (/\n\s+at .+:\d+/.test(finished.stderr) || finished.status === null) {
      throw new Failure(`neargate ${args[0]} ended in a stack trace or by a signal`, finished)
    }
    this.#remember()
    return finished
  }

  /** The same for a command that has to succeed. */
  async must(...args: string[]): Promise<string> {
    const finished = await this.neargate(...args)
    if (finished.status !== 0) throw new Failure(`neargate ${args.join(' ')} failed`, finished)
    return finished.stdout
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      NEARGATE_HOME: this.home,
      NEARGATE_PORT: '0',
      NO_COLOR: '1',
      AWS_PROFILE: undefined,
    }
  }

  get file(): RegionFile | undefined {
    return this.#read<RegionFile>('region.json')
  }

  get identity(): RegionIdentity {
    const identity = this.#read<RegionIdentity>('identity.json')
    if (!identity) throw new Failure('there is no identity.json')
    return identity
  }

  #read<T>(name: string): T | undefined {
    const path = join(this.home, name)
    // Written by the region as a whole: it is there in this shape, or not at all.
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined
  }

  #remember(): void {
    const endpoint = this.file?.endpoint
    if (endpoint !== undefined) this.#endpoints.add(endpoint)
  }

  /** Kills the region without a warning. @returns false when none runs. */
  async kill(): Promise<boolean> {
    const { file } = this
    if (!file || !isAlive(file.pid)) return false
    this.#remember()
    process.kill(file.pid, 'SIGKILL')
    while (isAlive(file.pid)) await sleep(STEP_MS)
    return true
  }

  /** Ends the region in an orderly way, and looks for what it should not have left. @throws Failure */
  async end(): Promise<void> {
    await this.must('stop')
    const processes = this.#processes()
    if (processes.length > 0) throw new Failure(`processes are left: ${processes.join(', ')}`)
    for (const endpoint of this.#endpoints) {
      if (await listens(Number(new URL(endpoint).port))) throw new Failure(`something listens on ${endpoint}`)
    }
  }

  /** Processes of regions on this directory. */
  #processes(): readonly string[] {
    if (!existsSync('/proc')) return []
    return readdirSync('/proc').filter((pid) => {
      const line = /^\d+$/.test(pid) ? commandLine(pid) : ''
      return line.includes(this.home) && line.includes('--foreground') && isAlive(Number(pid))
    })
  }

  dispose(): void {
    rmSync(this.home, { recursive: true, force: true })
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has just ended.
    return ''
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
