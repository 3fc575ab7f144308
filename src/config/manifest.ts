// Owns Kubernetes objects as they were written in files, each with its place.
import { isObject } from '../base/json.ts'
import { parseGroupVersion } from '../rules/kubernetes/resource-names.ts'
import type { Position, Problem } from './problem.ts'
import { problem } from './problem.ts'
import { quotesHelp } from './text-hint.ts'
import type { Path, SourceDocument } from './yaml.ts'

/** A Kubernetes object as parsed: apiVersion, kind and metadata.name are there, the rest is as written. */
export interface ManifestObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

export interface Manifest {
  readonly object: ManifestObject
  readonly file: string
  /** Line of the object's first field. */
  readonly line: number
  /** Position of the value at a path such as `['spec', 'type']`, or of its nearest ancestor. */
  readonly locate: (path: Path) => Position
  /** Position of the key at the end of a path. */
  readonly locateKey: (path: Path) => Position
}

/** Kinds of files that look like manifests and are none: they need a tool to become some. */
const TEMPLATED_GROUPS = ['kustomize.config.k8s.io', 'helmfile.io']

/** What programs read that are no Kubernetes API, though some of them want a name in it. */
const TOOL_GROUPS = new Set([
  'apiserver.config.k8s.io',
  'audit.k8s.io',
  'backstage.io',
  'chainsaw.kyverno.io',
  'cli.kyverno.io',
  'kpt.dev',
  'kubeadm.k8s.io',
  'kubelet.config.k8s.io',
  'kubeproxy.config.k8s.io',
  'kubescheduler.config.k8s.io',
  'kuttl.dev',
  'skaffold',
])

/** Groups of Kubernetes without a dot; its others end with `.k8s.io`. */
const PLAIN_GROUPS = new Set(['', 'apps', 'autoscaling', 'batch', 'extensions', 'policy'])

/**
 * Whether a document is what a tool reads, and no object of a cluster: it has neither apiVersion nor kind (values of a chart,
 * which may have them further in), is of a tool's group, or is of no group of Kubernetes and has no metadata, without which no
 * API takes it.
 */
export function isToolFile(value: unknown): boolean {
  if (!isObject(value)) return false
  const { apiVersion, kind, metadata, items } = value
  if (Object.keys(value).every((key) => !/\b(apiVersion|kind)\b/i.test(key))) return true
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false
  if (apiVersion === 'v1' && kind === 'Config') return true
  const { group } = parseGroupVersion(apiVersion)
  if (TOOL_GROUPS.has(group)) return true
  const isOfKubernetes = PLAIN_GROUPS.has(group) || group.endsWith('.k8s.io')
  return !isOfKubernetes && group !== 'eksctl.io' && metadata === undefined && items === undefined
}

/** The objects of a document: one, or those of a List, in order. */
export function toManifests(document: SourceDocument): { manifests: Manifest[]; problems: Problem[] } {
  const manifests: Manifest[] = []
  const problems: Problem[] = []
  collect(document, [], { manifests, problems })
  return { manifests, problems }
}

/** `apps/v1 Deployment nginx/web`: what tells an object from every other. */
function identityOf(object: ManifestObject): string {
  const { name, namespace } = object.metadata
  const { group } = parseGroupVersion(object.apiVersion)
  return [group, object.kind, namespace ?? 'default', name].join(' ')
}

/** Objects that are written twice. */
export function duplicates(manifests: readonly Manifest[]): Problem[] {
  const first = new Map<string, Manifest>()
  const problems: Problem[] = []
  for (const manifest of manifests) {
    const { kind, metadata } = manifest.object
    const earlier = first.get(identityOf(manifest.object))
    if (!earlier) {
      first.set(identityOf(manifest.object), manifest)
      continue
    }
    const message = `${kind} ${metadata.name} is already in ${earlier.file}:${earlier.line}`
    problems.push(problem('duplicate-object', message, manifest.locate(['metadata', 'name'])))
  }
  return problems
}

function collect(
  document: SourceDocument,
  base: Path,
  out: { manifests: Manifest[]; problems: Problem[] },
): void {
  const value = base.reduce<unknown>(
    (parent, step) => (parent as Record<string, unknown>)[step],
    document.value,
  )
  const fault = objectFault(value)
  if (fault !== undefined) {
    const path = [...base, ...(fault.path ?? [])]
    const written = fault.path && document.sourceOf(path)
    const help = written === undefined ? undefined : quotesHelp(fault.value, written)
    out.problems.push(problem(fault.code, fault.message, document.locate(path), help))
    return
  }
  // objectFault has seen apiVersion and kind; metadata.name where it matters.
  const object = value as ManifestObject
  if (Array.isArray(object['items']) && object.kind.endsWith('List')) {
    object['items'].forEach((_, index) => collect(document, [...base, 'items', index], out))
    return
  }
  out.manifests.push({
    object,
    file: document.file,
    // Asked of few; to find it takes as long as to read the document.
    get line() {
      return document.locate(base).line
    },
    locate: (path) => document.locate([...base, ...path]),
    locateKey: (path) => document.locateKey([...base, ...path]),
  })
}

/** Why a value is no object of Kubernetes, and which of its values is to blame, where it is a single one. */
interface Fault {
  readonly code: 'not-an-object' | 'not-supported'
  readonly message: string
  readonly path?: Path
  readonly value?: unknown
}

function objectFault(value: unknown): Fault | undefined {
  if (!isObject(value)) return { code: 'not-an-object', message: 'this document is no object' }
  const { apiVersion, kind, metadata } = value
  if (typeof apiVersion !== 'string' || apiVersion === '') return missing(apiVersion, ['apiVersion'])
  if (TEMPLATED_GROUPS.some((group) => apiVersion.startsWith(`${group}/`))) {
    return {
      code: 'not-supported',
      message: `${String(kind)} files are not supported yet; render them to manifests`,
    }
  }
  if (typeof kind !== 'string' || kind === '') return missing(kind, ['kind'])
  if (kind.endsWith('List') && Array.isArray(value['items'])) return undefined
  const name = isObject(metadata) ? metadata['name'] : undefined
  if (name === undefined && isObject(metadata) && metadata['generateName'] !== undefined) {
    // kubectl apply: "cannot use generate name with apply".
    return {
      code: 'not-an-object',
      message: 'this object has a metadata.generateName, which cannot be applied, and no metadata.name',
    }
  }
  if (typeof name !== 'string' || name === '') return missing(name, ['metadata', 'name'])
  const namespace = isObject(metadata) ? metadata['namespace'] : undefined
  if (namespace === undefined || namespace === null || typeof namespace === 'string') return undefined
  return missing(namespace, ['metadata', 'namespace'])
}

/** The fault of a field that is not there, or holds something else than a text. */
function missing(value: unknown, path: Path): Fault {
  const field = path.join('.')
  if (value === undefined || value === null || value === '') {
    return { code: 'not-an-object', message: `this object has no ${field}` }
  }
  const given = typeof value === 'object' ? 'an object or a list' : JSON.stringify(value)
  return { code: 'not-an-object', message: `${field} must be a text, not ${given}`, path, value }
}
