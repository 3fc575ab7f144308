// Owns delete and deletecollection: grace, finalizers, propagation, preconditions.
// Source: apiserver pkg/registry/rest/delete.go, pkg/registry/generic/registry/store.go.
import { formatTimestamp, timestamp } from '../../base/clock.ts'
import { isNotFound, StatusError } from '../../base/errors.ts'
import { isStoreError } from '../../store/store.ts'
import type { DeleteOptions, KubernetesObject, ObjectKey } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { whenConverted } from '../resources/unconverted.ts'
import { admissionSubject } from './admission.ts'
import { readList, throwNotFound, type ReadListOptions } from './read.ts'
import type { RegistryParts, WriteContext } from './parts.ts'

export interface DeleteRequest extends WriteContext {
  readonly options: DeleteOptions
}

export interface DeleteResult {
  /** The object as it is now, or as it last was. */
  readonly object: KubernetesObject
  /** False when it lingers: a grace period or finalizers hold it. */
  readonly removed: boolean
}

// A thousand years: a timestamp has room for no more than four digits of a year.
const MAXIMUM_GRACE_SECONDS = 1000 * 365 * 24 * 3600
const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** @throws StatusError NotFound, Conflict (preconditions), and what admission says. */
export async function deleteObject(
  parts: RegistryParts,
  kind: Kind,
  key: ObjectKey,
  request: DeleteRequest,
): Promise<DeleteResult> {
  for (;;) {
    const found = await whenConverted(() => parts.storage.get(kind, key))
    const current = found ?? throwNotFound(kind, key.name)
    checkPreconditions(kind, current, request.options)
    const subject = admissionSubject(kind, {
      operation: 'DELETE',
      subresource: '',
      namespace: current.metadata.namespace ?? '',
      name: current.metadata.name,
      oldObject: current,
      context: { ...request, options: { ...request.options } },
    })
    if (!request.admitted) {
      await parts.admission.admit({ ...subject, object: null })
      await parts.admission.validate({ ...subject, object: null })
    }
    const next = lingering(parts, kind, current, request.options)
    try {
      return await write(parts, kind, { current, next, dryRun: request.dryRun })
    } catch (error) {
      if (!isStoreError(error, 'Conflict')) throw error
    }
  }
}

async function write(
  { storage }: RegistryParts,
  kind: Kind,
  change: { current: KubernetesObject; next: KubernetesObject | undefined; dryRun: boolean },
): Promise<DeleteResult> {
  const { current, next, dryRun } = change
  if (!next) {
    if (!dryRun) await storage.remove(kind, current)
    return { object: current, removed: true }
  }
  if (next === current || dryRun) return { object: next, removed: false }
  return { object: await storage.replace(kind, next, current), removed: false }
}

// storage.Preconditions.Check, in the words the generic registry gives it.
function checkPreconditions(kind: Kind, { metadata }: KubernetesObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {}
  const fail = (what: string, wanted: string, found: string, guess: string): never => {
    const { group, kind: kindName } = kind.resource
    throw new StatusError(
      'Conflict',
      `Operation cannot be fulfilled on ${group ? `${kindName}.${group}` : kindName} ${JSON.stringify(metadata.name)}: the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${guess}`,
      { name: metadata.name, ...(group ? { group } : {}), kind: kindName },
    )
  }
  if (uid && uid !== metadata.uid) fail('UID', uid, metadata.uid, 'deleted and then recreated')
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    fail('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified')
  }
}

/** The version to store instead of removing the object; undefined when it goes at once. */
function lingering(
  { clock }: RegistryParts,
  kind: Kind,
  current: KubernetesObject,
  options: DeleteOptions,
): KubernetesObject | undefined {
  const { metadata } = current
  const present = metadata.finalizers ?? []
  const added = metadata.deletionTimestamp ? [] : (kind.finalizersOnDelete ?? [])
  const kept = [...present, ...added.filter((finalizer) => !present.includes(finalizer))]
  const finalizers = finalizersAfter(kind, kept, options.propagationPolicy)
  const grace = graceOf(kind, current, options)
  const held = finalizers.length > 0 || kind.isHeld?.(current)
  if (grace === 0 && !held) return undefined
  const { deletionTimestamp } = metadata
  const already = deletionTimestamp !== undefined
  const sameFinalizers = finalizers.length === (metadata.finalizers?.length ?? 0)
  if (already && sameFinalizers && grace >= (metadata.deletionGracePeriodSeconds ?? 0)) return current
  // A second, shorter request moves the end forward; a longer one does not move it back.
  const start = deletionTimestamp
    ? Date.parse(deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
    : clock.now()
  const { finalizers: _f, ...rest } = metadata
  const next = {
    ...current,
    metadata: {
      ...rest,
      deletionTimestamp: grace === 0 && !already ? timestamp(clock) : formatTimestamp(start + grace * 1000),
      deletionGracePeriodSeconds: grace,
      ...(finalizers.length > 0 ? { finalizers } : {}),
      ...(metadata.generation === undefined || already ? {} : { generation: metadata.generation + 1 }),
    },
  }
  return kind.prepareForDelete?.(next) ?? next
}

// deletionFinalizersForGarbageCollection: options come first, then finalizers that are there, then the kind.
function finalizersAfter(
  kind: Kind,
  present: readonly string[],
  policy: DeleteOptions['propagationPolicy'],
): string[] {
  if (policy === undefined) {
    const isDecided = present.includes(ORPHAN) || present.includes(FOREGROUND)
    return isDecided || !kind.orphansDependents ? [...present] : [...present, ORPHAN]
  }
  const others = present.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND)
  if (policy === 'Orphan') return [...others, ORPHAN]
  return policy === 'Foreground' ? [...others, FOREGROUND] : others
}

function graceOf(kind: Kind, current: KubernetesObject, options: DeleteOptions): number {
  if (!kind.gracePeriodSeconds) return 0
  const { gracePeriodSeconds: requested } = options
  // Less than nothing is as soon as possible (rest.BeforeDelete).
  const asked = requested !== undefined && requested < 0 ? 1 : requested
  const wanted = Math.min(kind.gracePeriodSeconds(current, asked), MAXIMUM_GRACE_SECONDS)
  const running = current.metadata.deletionGracePeriodSeconds
  return running === undefined ? wanted : Math.min(wanted, running)
}

/** Deletes what a list selects, one by one; what others delete meanwhile is no error. */
export async function deleteCollection(
  parts: RegistryParts,
  kind: Kind,
  selection: ReadListOptions,
  request: DeleteRequest,
): Promise<readonly KubernetesObject[]> {
  const { items } = await whenConverted(() => readList(parts.storage, kind, selection))
  const results = await Promise.all(
    items.map(async ({ metadata }) => {
      try {
        return await deleteObject(parts, kind, metadata, request)
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    }),
  )
  return results.flatMap((result) => (result ? [result.object] : []))
}
