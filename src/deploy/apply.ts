// Owns the applying of manifests: server-side apply, in an order in which things find what they need.
import type { Clock } from '../base/clock.ts'
import { isAlreadyExists, isNotFound, StatusError, UserError } from '../base/errors.ts'
import type {
  Draft,
  KubernetesClient,
  KubernetesObject,
  ObjectKey,
  Resource,
} from '../kubernetes/client/client.ts'
import { customKindOf, type CustomKind } from '../rules/kubernetes/custom-kinds.ts'
import { parseGroupVersion } from '../rules/kubernetes/resource-names.ts'
import type { StepOutcome } from '../terminal/progress-view.ts'
import { isOurs, PROJECT_MARK } from './ownership.ts'
import type { Pace } from './pace.ts'
import type { StepResult } from './progress.ts'
import { waitFor } from './wait.ts'

/** Field manager under which Neargate owns what it applies. */
export const FIELD_MANAGER = 'neargate'

const DEFINITION_TIMEOUT_MS = 60_000

/** An object of a manifest, with the place it was read from for messages. */
export interface SourcedObject {
  readonly object: {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: {
      readonly name: string
      readonly namespace?: string
      readonly annotations?: Readonly<Record<string, string>>
    }
    readonly spec?: unknown
  }
  /** `nginx.yaml:12` */
  readonly source: string
}

/** Finds the resource that serves a kind; undefined when the cluster has no such kind. */
export type FindResource = (apiVersion: string, kind: string) => Promise<Resource | undefined>

export interface ApplyTarget {
  readonly kubernetes: KubernetesClient
  readonly findResource: FindResource
  readonly clock: Clock
  readonly pace: Pace
  /** The name of the cluster: what is applied is marked with it. */
  readonly project: string
}

// Namespaces and identities before what refers to them; workloads last. Everything else keeps the order of the files.
const FIRST = [
  'Namespace',
  'PriorityClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
]
const LAST = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Pod']

// More are a line too long; and where all have changed, it is the first time.
const CHANGES_TOLD = 3

/** Orders objects for applying; the sort is stable. */
export function inApplyOrder<T extends { readonly object: { readonly kind: string } }>(
  objects: readonly T[],
): readonly T[] {
  return objects.toSorted((a, b) => rank(a.object.kind) - rank(b.object.kind))
}

function rank(kind: string): number {
  const first = FIRST.indexOf(kind)
  if (first >= 0) return first
  return LAST.includes(kind) ? FIRST.length + 1 : FIRST.length
}

/**
 * Applies the objects by server-side apply, taking over fields that others own.
 * @throws UserError naming the file and line of the object that was refused.
 */
export async function applyManifests(
  target: ApplyTarget,
  manifests: readonly SourcedObject[],
): Promise<StepResult> {
  const applied: { readonly object: SourcedObject['object']; readonly outcome: StepOutcome }[] = []
  const defined = manifests.flatMap(({ object }) => customKindOf(object) ?? [])
  for (const manifest of inApplyOrder(manifests)) {
    await awaitKind(target, manifest, defined)
    applied.push({ object: manifest.object, outcome: await applyOne(target, manifest) })
  }
  const changed = applied.filter(({ outcome }) => outcome !== 'unchanged')
  const isNew = changed.some(({ outcome }) => outcome === 'created')
  const outcome = isNew ? 'created' : changed.length > 0 ? 'updated' : 'unchanged'
  const names = changed.map(({ object }) => `${object.kind} ${object.metadata.name}`).join(', ')
  const isTold = changed.length > 0 && changed.length <= CHANGES_TOLD && changed.length < applied.length
  return {
    outcome,
    detail: `${applied.length} objects, ${changed.length} changed${isTold ? `: ${names}` : ''}`,
  }
}

// A definition that has been applied is served a little later.
async function awaitKind(
  { clock, pace, findResource }: ApplyTarget,
  { object: { apiVersion, kind }, source }: SourcedObject,
  defined: readonly CustomKind[],
): Promise<void> {
  const { group } = parseGroupVersion(apiVersion)
  if (!defined.some((custom) => custom.group === group && custom.kind === kind)) return
  await waitFor(() => findResource(apiVersion, kind), {
    clock,
    pace,
    timeoutMs: DEFINITION_TIMEOUT_MS,
    describe: () => ({
      message: `${source}: the cluster does not serve ${kind} in ${apiVersion}, though its definition was applied`,
      help: 'See why with: kubectl describe customresourcedefinitions',
    }),
  })
}

async function applyOne(target: ApplyTarget, { object, source }: SourcedObject): Promise<StepOutcome> {
  const { resource, key } = await locate(target, object, source)
  const before = await staying(target, { object, source }, () => find(target.kubernetes, resource, key))
  try {
    const after = await target.kubernetes.patch(resource, key, marked(object, key, target.project), {
      type: 'apply',
      fieldManager: FIELD_MANAGER,
      force: true,
    })
    if (!before) return 'created'
    return before.metadata.resourceVersion === after.metadata.resourceVersion ? 'unchanged' : 'updated'
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    throw new UserError(`${source}: ${object.kind} ${object.metadata.name} was refused: ${error.message}`, {
      help: 'Correct the manifest and run the same command again.',
      cause: error,
    })
  }
}

// What is being deleted takes changes, and goes all the same: a Service that `down` was interrupted at, say.
async function staying(
  { clock, pace }: ApplyTarget,
  { object, source }: SourcedObject,
  look: () => Promise<KubernetesObject | undefined>,
): Promise<KubernetesObject | undefined> {
  let before = await look()
  if (before?.metadata.deletionTimestamp === undefined) return before
  const probe = async (): Promise<true | undefined> => {
    before = await look()
    return before?.metadata.deletionTimestamp === undefined ? true : undefined
  }
  await waitFor(probe, {
    clock,
    pace,
    timeoutMs: pace.applicationTimeoutMs,
    describe: () => ({
      message: `${source}: ${object.kind} ${object.metadata.name} is being deleted, and does not go: ${heldBy(before)}`,
      help: 'Whoever has put a finalizer there has to take it away: is its controller running?',
    }),
  })
  return before
}

function heldBy(object: KubernetesObject | undefined): string {
  const { finalizers = [] } = object?.metadata ?? {}
  return finalizers.length === 0 ? 'it has no finalizers' : `finalizers ${finalizers.join(', ')}`
}

async function locate(
  target: ApplyTarget,
  object: SourcedObject['object'],
  source: string,
): Promise<{ resource: Resource; key: ObjectKey }> {
  const resource = await target.findResource(object.apiVersion, object.kind)
  if (!resource) {
    throw new UserError(`${source}: the cluster has no kind ${object.kind} in ${object.apiVersion}`, {
      help: 'See what it has with: kubectl api-resources',
    })
  }
  return { resource, key: keyOf(resource, object) }
}

function keyOf({ namespaced }: Resource, { metadata }: SourcedObject['object']): ObjectKey {
  const { name, namespace = 'default' } = metadata
  return namespaced ? { namespace, name } : { name }
}

function marked(object: SourcedObject['object'], key: ObjectKey, project: string): unknown {
  const annotations = { ...object.metadata.annotations, ...objectMark(project) }
  return { ...object, metadata: { ...object.metadata, ...key, annotations } }
}

/** The annotation that says that `up` made an object. */
export function objectMark(project: string): Record<string, string> {
  return { [PROJECT_MARK]: project }
}

// What a cluster, or each of its namespaces, has before anybody applies anything.
const GIVEN_NAMESPACES: ReadonlySet<string> = new Set([
  'default',
  'kube-system',
  'kube-public',
  'kube-node-lease',
])

function isGiven({ kind, metadata }: SourcedObject['object']): boolean {
  if (kind === 'Namespace') return GIVEN_NAMESPACES.has(metadata.name)
  return kind === 'ServiceAccount' && metadata.name === 'default'
}

/** An object that somebody else made. */
export interface ForeignObject {
  readonly manifest: SourcedObject
  /** The client that made it, e.g. `kubectl` or `helm`. */
  readonly maker: string
}

/** The objects of the manifests that are in the cluster and that `up` did not put there. */
export async function foreignObjects(
  target: ApplyTarget,
  manifests: readonly SourcedObject[],
): Promise<readonly ForeignObject[]> {
  const foreign: ForeignObject[] = []
  for (const manifest of manifests) {
    if (isGiven(manifest.object)) continue
    const present = await findObject(target, manifest.object)
    if (!present || isOurs(present.metadata.annotations, target.project)) continue
    foreign.push({ manifest, maker: managerOf(present) })
  }
  return foreign
}

/** What applying an object would do. */
export interface Preview {
  readonly manifest: SourcedObject
  /** As it is; undefined where there is none. */
  readonly before: KubernetesObject | undefined
  /** As it would be; undefined where there is none, whose namespace may be missing too. */
  readonly after: KubernetesObject | undefined
  /** Who made it, if not `up`. */
  readonly maker: string | undefined
}

/** Asks the cluster what applying the objects would do. */
export async function previewManifests(
  target: ApplyTarget,
  manifests: readonly SourcedObject[],
): Promise<readonly Preview[]> {
  const previews: Preview[] = []
  for (const manifest of inApplyOrder(manifests)) {
    const { object } = manifest
    const resource = await target.findResource(object.apiVersion, object.kind)
    const key = resource && keyOf(resource, object)
    const before = resource && key && (await find(target.kubernetes, resource, key))
    if (!before) {
      previews.push({ manifest, before: undefined, after: undefined, maker: undefined })
      continue
    }
    const isForeign = !isGiven(object) && !isOurs(before.metadata.annotations, target.project)
    const after = await target.kubernetes.patch(resource, key, marked(object, key, target.project), {
      type: 'apply',
      fieldManager: FIELD_MANAGER,
      force: true,
      dryRun: true,
    })
    previews.push({ manifest, before, after, maker: isForeign ? managerOf(before) : undefined })
  }
  return previews
}

/** The client that has set fields of an object first, its status aside; kubectl has a name for each of its commands. */
export function managerOf({ metadata }: KubernetesObject): string {
  const entries = (metadata.managedFields ?? []).filter(({ subresource = '' }) => subresource === '')
  const [first] = entries.toSorted((a, b) => (a.time ?? '').localeCompare(b.time ?? ''))
  const manager = first?.manager ?? ''
  if (manager === '') return 'somebody else'
  return manager.startsWith('kubectl') ? 'kubectl' : manager
}

// A kind that the cluster does not serve has no objects.
async function findObject(
  target: ApplyTarget,
  object: SourcedObject['object'],
): Promise<KubernetesObject | undefined> {
  const resource = await target.findResource(object.apiVersion, object.kind)
  return resource && find(target.kubernetes, resource, keyOf(resource, object))
}

/** Creates an object. @returns false when it is there already: another run was quicker. */
export async function createOnce<T extends KubernetesObject>(
  kubernetes: KubernetesClient,
  resource: Resource<T>,
  draft: Draft<T>,
): Promise<boolean> {
  try {
    await kubernetes.create(resource, draft, { fieldManager: FIELD_MANAGER })
    return true
  } catch (error) {
    if (isAlreadyExists(error)) return false
    throw error
  }
}

/** The object, or undefined when the cluster has none of this name. */
export async function find<T extends KubernetesObject>(
  kubernetes: KubernetesClient,
  resource: Resource<T>,
  key: ObjectKey,
): Promise<T | undefined> {
  try {
    return await kubernetes.get(resource, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/**
 * Deletes the objects that `up` applied, in the reverse order. What is gone already, what somebody else made and what
 * the cluster has no kind for is no error. @returns how many there were.
 */
export async function deleteManifests(
  target: ApplyTarget,
  manifests: readonly SourcedObject[],
): Promise<number> {
  let deleted = 0
  for (const { object } of inApplyOrder(manifests).toReversed()) {
    const resource = await target.findResource(object.apiVersion, object.kind)
    if (!resource) continue
    const key = keyOf(resource, object)
    const present = await find(target.kubernetes, resource, key)
    if (!present || !isOurs(present.metadata.annotations, target.project)) continue
    try {
      await target.kubernetes.delete(resource, key, { propagationPolicy: 'Background' })
      deleted++
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  return deleted
}
