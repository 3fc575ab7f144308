// Owns a real registry for tests that knows one user: Debian's docker-registry on a port of this machine's loopback.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { EngineApi } from '../../src/runtime/engine/api.ts'
import { until } from './engine-region.ts'

export interface Registry {
  /** `127.0.0.1:PORT` */
  readonly host: string
  readonly user: string
  readonly password: string
  /** Puts an image of an engine there; the engine keeps it under its first name alone. */
  push(api: EngineApi, image: string, name: string): Promise<void>
  close(): void
}

const USER = 'me'
const PASSWORD = 'secret'
// `htpasswd -Bbn me secret`
const PASSWORDS = 'me:$2y$05$DlaHckhMkUPdyJ2P9aBYGOr/BuOrAnTrQ6QCPPLS593vji1pd9aTq\n'

/** Starts one on a port. */
export async function startRegistry(port: number): Promise<Registry> {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-registry-'))
  const host = `127.0.0.1:${port}`
  const passwords = join(directory, 'passwords')
  const configuration = join(directory, 'registry.json')
  writeFileSync(passwords, PASSWORDS)
  writeFileSync(
    configuration,
    // JSON is YAML.
    JSON.stringify({
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(directory, 'images') } },
      http: { addr: host },
      auth: { htpasswd: { realm: 'neargate', path: passwords } },
    }),
  )
  const program = spawn('docker-registry', ['serve', configuration], { stdio: 'ignore' })
  const failed = new Promise<never>((_, reject) => program.once('error', reject))
  const isUp = (): Promise<boolean> =>
    fetch(`http://${host}/v2/`).then(
      ({ status }) => status === 401,
      () => false,
    )
  await Promise.race([until('the registry answers', isUp), failed])
  return {
    host,
    user: USER,
    password: PASSWORD,
    async push(api, image, name) {
      const [repository = '', tag] = name.split(':')
      const repo = `${host}/${repository}`
      const key = Buffer.from(JSON.stringify({ username: USER, password: PASSWORD, serveraddress: host }))
      await api.text('POST', `/images/${image}/tag`, { query: { repo, tag } })
      await api.text('POST', `/images/${repo}/push`, {
        query: { tag },
        headers: { 'x-registry-auth': key.toString('base64').replaceAll('+', '-').replaceAll('/', '_') },
      })
      await api.text('DELETE', `/images/${repo}:${tag}`)
    },
    close() {
      program.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
