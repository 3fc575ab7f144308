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

/** A chart of a registry, to be rendered for one cluster. */
export interface ChartRequest {
  readonly release: string
  /** `oci://…` */
  readonly chart: string
  readonly version: string
  readonly namespace: string
  readonly values: object
}

/** Renders a chart of a registry by helm, its CustomResourceDefinitions first. */
export function renderChart({ release, chart, version, namespace, values }: ChartRequest): Rendered {
  const words = ['template', release, chart, '--version', version, '--namespace', namespace]
  const result = run(['helm', ...words, '--include-crds', '--values', '-'], JSON.stringify(values))
  if ('text' in result) return result
  return 'missing' in result
    ? {
        fault: `${chart} has to be rendered by helm, which is not on the path`,
        help: 'Install helm: https://helm.sh/docs/intro/install.',
      }
    : { fault: result.fault, help: 'helm has to reach the registry, and to find the version there.' }
}

/** Runs the tool that the directory is made for, as it is found on the path. */
export function render(renderer: Renderer, directory: string): Rendered {
  const command = commandOf(renderer, directory)
  const result = run(command)
  if ('text' in result) return result
  if ('missing' in result) {
    return {
      fault: `${directory} has to be rendered by ${result.missing}, which is not on the path`,
      help: `Install ${result.missing}, or give the output of: ${command.join(' ')}`,
    }
  }
  return {
    fault: result.fault,
    help: `Correct the ${renderer === 'helm' ? 'chart' : 'kustomization'}.`,
  }
}

type Ran = { readonly text: string } | { readonly missing: string } | { readonly fault: string }

function run([program, ...words]: readonly [string, ...string[]], input = ''): Ran {
  const { error, status, stdout, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    input,
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_BYTES,
  })
  if (error && 'code' in error && error.code === 'ENOENT') return { missing: program }
  if (status === 0) return { text: stdout }
  const said = stderr.trim() === '' ? (error?.message ?? `it ended with ${status}`) : stderr.trim()
  return { fault: `${[program, ...words].join(' ')} failed: ${said}` }
}
