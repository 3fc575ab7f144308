// Owns a region with real containers for whole-program tests: an engine of its own, the program, kubectl.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { expect } from 'vitest'

import type { UpResult } from '../../src/deploy/up-result.ts'
import { loadBusybox, loadNginx, loadNode } from '../../src/runtime/engine/testing/images.ts'
import { startOwnEngine, type OwnEngine } from '../../src/runtime/engine/testing/own-engine.ts'
import { Playground, run, type Finished } from './program.ts'
import { realClient } from './real-clients.ts'

/** Images that every such region has. */
export const BUSYBOX = 'localhost/busybox:1'
export const NGINX = 'localhost/nginx:1'
export const NODE = 'localhost/node:1'

const PATIENCE_MS = 40_000

/**
 * An engine with the images of tests; every region that is started after it runs its pods there.
 * @param insecureRegistry `127.0.0.1:PORT` of a registry that speaks HTTP
 */
export async function openEngine(insecureRegistry?: string): Promise<OwnEngine> {
  const engine = await startOwnEngine(insecureRegistry)
  await Promise.all([
    loadBusybox(engine.api, BUSYBOX),
    loadNginx(engine.api, NGINX),
    loadNode(engine.api, NODE, ['@aws-sdk/client-sts', '@aws-sdk/credential-provider-node']),
  ])
  process.env['DOCKER_HOST'] = `unix://${engine.socketPath}`
  process.env['NEARGATE_RUNTIME'] = 'engine'
  // The engine would make its network in this machine's own.
  process.env['NEARGATE_UPLINK'] = 'off'
  return engine
}

/** The program on a data directory of its own. */
export class EngineRegion {
  readonly playground = new Playground()
  /** For files of clients. */
  readonly scratch = mkdtempSync(join(tmpdir(), 'neargate-engine-'))

  /** `neargate up` with the text of a file; it must succeed. @returns what it prints */
  async up(yaml: string): Promise<UpResult> {
    const path = this.file('all.yaml', yaml)
    const { status, stdout, stderr } = await this.playground.neargate('up', path, '--json')
    expect(status, stderr).toBe(0)
    // Its own form.
    return JSON.parse(stdout) as UpResult
  }

  /** Writes a file for a client. @returns its path */
  file(name: string, content: string): string {
    const path = join(this.scratch, name)
    writeFileSync(path, content)
    return path
  }

  /** Ends the region as a crash does, and starts it again. */
  async crash(): Promise<void> {
    process.kill(this.playground.pid ?? 0, 'SIGKILL')
    const { status, stderr } = await this.playground.neargate('start')
    expect(status, stderr).toBe(0)
  }

  /** @param args a context first, where the region has several clusters */
  async tryKubectl(...args: readonly string[]): Promise<Finished> {
    return await run(realClient('kubectl'), args, this.#clientEnvironment)
  }

  /** What kubectl prints; it must succeed. */
  async kubectl(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.tryKubectl(...args)
    expect(status, `kubectl ${args.join(' ')}\n${stderr}`).toBe(0)
    return stdout
  }

  /** What kubectl prints until it ends; with its first output something is done. */
  async followKubectl(onFirst: () => Promise<unknown>, ...args: readonly string[]): Promise<string> {
    const child = spawn(realClient('kubectl'), args, {
      env: this.#clientEnvironment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let done: Promise<unknown> | undefined
    let text = ''
    // No encoding is set on the stream, so it yields buffers.
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      done ??= onFirst()
      text += chunk.toString()
    }
    await done
    return text
  }

  get #clientEnvironment(): NodeJS.ProcessEnv {
    const { environment, home } = this.playground
    return { ...environment, KUBECONFIG: join(home, 'kubeconfig') }
  }

  async apply(objects: readonly object[], ...args: readonly string[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    await this.kubectl(...args, 'apply', '-f', this.file('objects.json', list))
  }

  async close(): Promise<void> {
    await this.playground.dispose()
    rmSync(this.scratch, { recursive: true })
  }
}

/** Asks until it holds. */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > end) expect.fail(`not in time: ${what}`)
    await pause(200)
  }
}
