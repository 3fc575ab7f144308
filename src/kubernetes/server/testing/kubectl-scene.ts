// Owns an API server and the real clients beside it: kubectl and helm, as test/support brings them (Linux x64).
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { realClient, type RealClient } from '../../../../test/support/real-clients.ts'
import { systemClock } from '../../../base/clock.ts'
import { randomIds } from '../../../base/ids.ts'
import { serviceAccounts } from '../../client/resources.ts'
import { createClusterCertificates } from '../certificates.ts'
import { createApiFixture, type ApiFixture } from './api-fixture.ts'

const run = promisify(execFile)
/** How long a program may take. */
const PATIENCE_MS = 30_000

export interface Outcome {
  readonly out: string
  readonly err: string
  readonly code: number
}

/** A server on a port of its own, a kubeconfig for it, and programs in a directory that ends with the scene. */
export class KubectlScene {
  readonly directory: string
  readonly fixture: ApiFixture
  readonly kubeconfig: string

  private constructor(directory: string, fixture: ApiFixture) {
    this.directory = directory
    this.fixture = fixture
    this.kubeconfig = join(directory, 'kubeconfig')
  }

  /** Starts a server; users are `admin` and `bob`. */
  static async create(options: Parameters<typeof createApiFixture>[0]): Promise<KubectlScene> {
    const directory = await mkdtemp(join(tmpdir(), 'neargate-kubectl-'))
    const certificates = await createClusterCertificates({ clock: systemClock, ids: randomIds })
    const fixture = await createApiFixture(options)
    const { port } = await fixture.server.listen({ host: '127.0.0.1', port: 0, tls: certificates })
    await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
    const scene = new KubectlScene(directory, fixture)
    await writeFile(scene.kubeconfig, JSON.stringify(kubeconfigOf(port, certificates.ca)))
    return scene
  }

  /** Runs a program: `kubectl` or `helm`. */
  async client(
    binary: RealClient,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Outcome> {
    const options = {
      env: { PATH: process.env['PATH'], HOME: this.directory, KUBECONFIG: this.kubeconfig, ...env },
      cwd: this.directory,
      timeout: PATIENCE_MS,
    }
    try {
      const { stdout, stderr } = await run(realClient(binary), args, options)
      return { out: stdout, err: stderr, code: 0 }
    } catch (error) {
      // execFile rejects with an error that carries what was said.
      const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number }
      return { out: stdout, err: stderr, code }
    }
  }

  /** Starts a program that runs until it is killed. */
  start(binary: RealClient, args: readonly string[]): ChildProcessWithoutNullStreams {
    const env = { PATH: process.env['PATH'], HOME: this.directory, KUBECONFIG: this.kubeconfig }
    return spawn(realClient(binary), args, { env, cwd: this.directory })
  }

  /** Writes a file beside the programs. @returns its path. */
  async write(name: string, content: string): Promise<string> {
    const path = join(this.directory, name)
    await writeFile(path, content)
    return path
  }

  async close(): Promise<void> {
    await this.fixture.server.close()
    await rm(this.directory, { recursive: true })
  }
}

function kubeconfigOf(port: number, ca: string): object {
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': Buffer.from(ca).toString('base64'),
  }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [
      { name: 'admin', user: { token: 'admin' } },
      { name: 'bob', user: { token: 'user:bob' } },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  }
}
