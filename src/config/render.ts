// Owns rendering of directories that are no plain manifests: kustomizations by kubectl, charts by helm.
import { spawnSync } from 'node:child_process'
import { basename, resolve } from 'node:path'

/** What renders a directory. */
export type Renderer = 'kustomize' | 'helm'

/** The manifests, or why there are none. */
export type Rendered = { readonly text: string } | { readonly fault: string; readonly help: string }

const TIMEOUT_MS = 60_000
const MAX_BYTES = 256 * 1024 * 1024

function commandOf(renderer: Renderer, directory: string): readonly [program: string, ...words: string[]] {
  if (renderer === 'kustomize') return ['kubectl', 'kustomize', directory]
  return ['helm', 'template', basename(resolve(directory)), directory, '--include-crds']
}

/** Runs the tool that the directory is made for, as it is found on the path. */
export function render(renderer: Renderer, directory: string): Rendered {
  const [program, ...words] = commandOf(renderer, directory)
  const { error, status, stdout, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_BYTES,
  })
  const command = [program, ...words].join(' ')
  if (error && 'code' in error && error.code === 'ENOENT') {
    return {
      fault: `${directory} has to be rendered by ${program}, which is not on the path`,
      help: `Install ${program}, or give the output of: ${command}`,
    }
  }
  if (status === 0) return { text: stdout }
  const said = stderr.trim() === '' ? (error?.message ?? `it ended with ${status}`) : stderr.trim()
  return {
    fault: `${command} failed: ${said}`,
    help: `Correct the ${renderer === 'helm' ? 'chart' : 'kustomization'}.`,
  }
}
