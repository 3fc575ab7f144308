// Owns running the built program and real clients as a user does, for whole-program tests.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Finished {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A data directory of a test's own, and the program run on it. */
export class Playground {
  readonly home = mkdtempSync(join(tmpdir(), 'neargate-test-'))

  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      NEARGATE_HOME: this.home,
      NEARGATE_PORT: '0',
      NO_COLOR: '1',
      AWS_PROFILE: undefined,
    }
  }

  /** Runs `neargate ARGS` to its end. */
  async neargate(...args: string[]): Promise<Finished> {
    return run(process.execPath, [join(root, 'bin/neargate.js'), ...args], this.environment)
  }

  /** Runs another program with the lines of `neargate env` in force. */
  async client(program: string, ...args: string[]): Promise<Finished> {
    return run(program, args, { ...this.environment, ...(await this.clientEnvironment()) })
  }

  async clientEnvironment(): Promise<Record<string, string>> {
    const { stdout } = await this.neargate('env', '--json')
    return JSON.parse(stdout) as Record<string, string>
  }

  /** Process id of the running region; undefined when none runs. */
  get pid(): number | undefined {
    const path = join(this.home, 'region.json')
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid : undefined
  }

  async dispose(): Promise<void> {
    await this.neargate('stop')
    rmSync(this.home, { recursive: true, force: true })
  }
}

/** Runs a program to its end; its output as text. */
export function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: string,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, stdout, stderr }))
    child.stdin.end(input)
  })
}

/** True when the program is on the PATH. */
export function hasProgram(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}
