// Owns the revisions of workloads: what one holds, its hash and name, and which of them is the newest. Pure.
// Source: kubernetes pkg/controller/history/controller_history.go, pkg/controller/statefulset/stateful_set_utils.go.
import type { ControllerRevision, PodTemplateSpec } from '../../../generated/kubernetes.d.ts'
import { canonicalJson, deepEqual, isObject } from '../../base/json.ts'
import type { Draft, KubernetesObject } from '../../kubernetes/client/client.ts'
import { controllerReference } from '../objects/owner.ts'
import { safeLetters } from '../objects/template.ts'

/** The label of pods and revisions that says which template they are of. */
export const REVISION_HASH = 'controller-revision-hash'
/** The label of the revisions of a stateful set; those of a daemon set have that of its pods. */
export const HISTORY_HASH = 'controller.kubernetes.io/hash'

// A name has 253 characters; ten are the hash, one the dash, the rest is spare as upstream has it.
const PREFIX_LENGTH = 223

/**
 * The patch that brings a workload back to this template, as `kubectl rollout undo` applies it. Keys are in order, as in a
 * map of Go: clients compare it byte by byte with one that they make (pkg/controller/daemon Match).
 */
export function templatePatch(template: PodTemplateSpec): Record<string, unknown> {
  const patch = { spec: { template: { ...template, $patch: 'replace' } } }
  return JSON.parse(canonicalJson(patch)) as typeof patch
}

/** The template that a revision holds; undefined when it holds none. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const spec = isObject(data) ? data['spec'] : undefined
  const template = isObject(spec) ? spec['template'] : undefined
  if (!isObject(template)) return undefined
  const { $patch: _patch, ...rest } = template
  return rest as PodTemplateSpec
}

/** The hash of a revision's data: FNV-1 of its JSON and the collision count, in letters of generated names. */
export function revisionHash(data: unknown, collisionCount: number): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(`${goJson(data)}${collisionCount}`)) {
    hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0
  }
  return safeLetters(String(hash))
}

// Go writes maps in the order of their keys, and three letters so that they are safe inside of HTML.
function goJson(value: unknown): string {
  return canonicalJson(value).replace(/[<>&]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
}

/** A revision of the owner's template, not stored yet. It takes the owner's annotations along: they say why it came. */
export function draftRevision(
  owner: KubernetesObject,
  template: PodTemplateSpec,
  {
    revision,
    hash,
    hashLabel,
  }: { readonly revision: number; readonly hash: string; readonly hashLabel: string },
): Draft<ControllerRevision> {
  const { name, namespace = '', annotations } = owner.metadata
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, PREFIX_LENGTH)}-${hash}`,
      namespace,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    data: templatePatch(template),
    revision,
  }
}

/** Oldest first: by revision, then by age, then by name. */
export function byRevision(revisions: readonly ControllerRevision[]): ControllerRevision[] {
  const key = ({ metadata }: ControllerRevision): string => `${metadata.creationTimestamp} ${metadata.name}`
  return revisions.toSorted((a, b) => a.revision - b.revision || (key(a) < key(b) ? -1 : 1))
}

/** True when two revisions hold the same. */
export function isSameRevision(a: { readonly data?: unknown }, b: { readonly data?: unknown }): boolean {
  return deepEqual(a.data, b.data)
}
