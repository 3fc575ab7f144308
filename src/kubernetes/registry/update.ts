// Owns update: replace, patch and apply all end here, as a function from the current version to the next.
import { StatusError } from '../../base/errors.ts'
import { deepEqual, own } from '../../base/json.ts'
import { isStoreError } from '../../store/store.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject, ObjectKey } from '../client/client.ts'
import { invalid, invalidStatus } from '../resources/field-error.ts'
import type { Kind, PartRules } from '../resources/kind.ts'
import { whenConverted } from '../resources/unconverted.ts'
import { applyDefaults } from '../schema/default.ts'
import { admissionSubject, type GroupVersionKind } from './admission.ts'
import { complete } from '../resources/complete.ts'
import { createObject } from './create.ts'
import { recordWrite } from './managed-fields.ts'
import { validateMetadata } from '../resources/metadata-rules.ts'
import { continueMetadata, validateMetadataUpdate } from './metadata.ts'
import { throwNotFound } from './read.ts'
import type { RegistryParts, WriteContext } from './parts.ts'
import { typeMetaOf } from './selection.ts'

export interface UpdateRequest<T extends KubernetesObject = KubernetesObject> extends WriteContext {
  /** The next version, decoded; called again when somebody else wrote in between. */
  change(current: T): KubernetesObject
  /** What to create when there is nothing (server-side apply, and PUT of some kinds); NotFound without it. */
  readonly createInstead?: () => KubernetesObject
  /** `status` keeps the spec, '' keeps the status; others (`finalize`, `binding`) keep nothing. */
  readonly subresource?: string
  /** As what admission sees the write, where that is no object of the kind: a Scale. */
  readonly seenAs?: AdmissionView
  /** Set for patches: what they say of a uid is judged like any other field. */
  readonly patched?: boolean
  /** Set when `change` has brought managedFields up to date itself (server-side apply). */
  readonly applied?: boolean
}

/** An object of another kind that stands for a part of the stored one. */
export interface AdmissionView {
  readonly kind: GroupVersionKind
  of(object: KubernetesObject): KubernetesObject
  /** The stored object after admission has changed the view. */
  back(object: KubernetesObject, view: KubernetesObject): KubernetesObject
}

const MAXIMUM_ATTEMPTS = 50

/**
 * Writes a new version of an object.
 * @throws StatusError NotFound, Conflict (a resourceVersion that has moved on), Invalid, and what admission says.
 */
export async function updateObject(
  parts: RegistryParts,
  kind: Kind,
  key: ObjectKey,
  request: UpdateRequest,
): Promise<KubernetesObject> {
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt += 1) {
    const current = await whenConverted(() => parts.storage.get(kind, key))
    try {
      if (current) return await replaceObject(parts, kind, current, request)
      if (!request.createInstead) throwNotFound(kind, key.name)
      const proposed = request.createInstead()
      // Apply has its own answer to a uid.
      const draft = request.applied ? proposed : draftOf(kind, key, proposed)
      return await createObject(parts, kind, draft, { ...request, namespace: key.namespace })
    } catch (error) {
      const lostRace = isStoreError(error, 'Conflict')
      if (!lostRace && !(request.createInstead && isTaken(error))) throw error
    }
  }
  throw conflict(kind, key.name)
}

/**
 * What a PUT creates when its object is gone. Source: apiserver pkg/registry/generic/registry/store.go (Update).
 * @throws StatusError Conflict for one with a uid: it means an object that is there.
 */
function draftOf(kind: Kind, key: ObjectKey, proposed: KubernetesObject): KubernetesObject {
  const { uid, resourceVersion: _version, ...metadata } = proposed.metadata
  if (uid) throw uidConflict(kind, key, { asked: uid, known: '' })
  // Metadata as a client writes them, completed by the create.
  return { ...proposed, metadata: metadata as KubernetesObject['metadata'] }
}

function isTaken(error: unknown): boolean {
  return error instanceof StatusError && error.reason === 'AlreadyExists'
}

/** The answer to a write that is based on an old version. */
export function conflict(kind: Kind, name: string): StatusError {
  const { group, plural } = kind.resource
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(kind.resource)} ${JSON.stringify(name)}: the object has been modified; please apply your changes to the latest version and try again`,
    { name, ...(group ? { group } : {}), kind: plural },
  )
}

async function replaceObject(
  parts: RegistryParts,
  kind: Kind,
  current: KubernetesObject,
  request: UpdateRequest,
): Promise<KubernetesObject> {
  const { subresource = '', dryRun } = request
  const { name, namespace = '' } = current.metadata
  const proposed = request.change(current)
  checkIdentity(kind, proposed, current, request)
  const restricted = { ...restrict(kind, proposed, current, subresource), ...typeMetaOf(kind) }
  const scoped = applyDefaults(kind, continueMetadata(restricted, current), current)
  // Before admission: what a plugin or the server fills in belongs to nobody.
  const owned = request.applied
    ? scoped
    : recordWrite(kind, { next: scoped, current, clock: parts.clock, log: parts.log, context: request })
  const gate = admissionOf(parts, kind, { current, namespace, name, request })
  const admitted = await gate.admit(complete(kind, owned))
  const prepared = prepare(kind, admitted, current, subresource)
  const errors = [
    ...validateMetadataUpdate(prepared, current, proposed),
    ...validateMetadata(kind, prepared),
    ...(subresource === 'status' ? [] : (kind.validate?.(prepared) ?? [])),
    ...(isOfSpec(subresource) ? (kind.validateUpdate?.(prepared, current) ?? []) : []),
    ...(subresource === 'status' ? (kind.validateStatus?.(prepared, current) ?? []) : []),
    ...(partOf(kind, subresource)?.validate(prepared, current) ?? []),
  ]
  if (errors.length > 0) throw invalidStatus(kind.resource, name, errors)
  // A write of the scale is one of the object's spec.
  if (subresource === '' || subresource === 'scale')
    for (const text of kind.warnings?.(prepared, current) ?? []) request.warn?.(text)
  const allocation = parts.addresses.allocate(kind, prepared, { old: current, dryRun })
  try {
    const next = withGeneration(kind, allocation.object, current, subresource)
    await gate.validate(next)
    return await store(parts, kind, { next, current, dryRun })
  } finally {
    allocation.settle()
  }
}

interface Gate {
  admit(object: KubernetesObject): Promise<KubernetesObject>
  validate(object: KubernetesObject): Promise<void>
}

/** Both phases of admission of one update, in the form in which admission sees it. */
function admissionOf(
  { admission }: RegistryParts,
  kind: Kind,
  write: { current: KubernetesObject; namespace: string; name: string; request: UpdateRequest },
): Gate {
  const { current, namespace, name, request } = write
  const { subresource = '', seenAs: view } = request
  if (request.admitted) return { admit: async (object) => object, validate: async () => undefined }
  const subject = admissionSubject(kind, {
    operation: 'UPDATE',
    subresource,
    namespace,
    name,
    oldObject: view ? view.of(current) : current,
    context: request,
    ...(view ? { objectKind: view.kind } : {}),
  })
  return {
    async admit(object) {
      const seen = view ? view.of(object) : object
      const changed = (await admission.admit({ ...subject, object: seen })) ?? seen
      if (!view) return changed
      return deepEqual(changed, seen) ? object : view.back(object, changed)
    },
    validate: (object) => admission.validate({ ...subject, object: view ? view.of(object) : object }),
  }
}

async function store(
  parts: RegistryParts,
  kind: Kind,
  { next, current, dryRun }: { next: KubernetesObject; current: KubernetesObject; dryRun: boolean },
): Promise<KubernetesObject> {
  if (isFinished(kind, next)) {
    if (!dryRun) await parts.storage.remove(kind, current)
    return next
  }
  // Writing what is there already makes no new version.
  if (deepEqual(withoutTimes(next), withoutTimes(current))) return current
  return dryRun ? next : await parts.storage.replace(kind, next, current)
}

// managedFields times move with every write; alone they are no change.
function withoutTimes(object: KubernetesObject): unknown {
  const { managedFields, ...metadata } = object.metadata
  return { ...object, metadata, fields: managedFields?.map(({ time: _time, ...entry }) => entry) ?? [] }
}

/** True for a deleted object that nothing holds any more: the write that says so removes it. */
function isFinished(kind: Kind, object: KubernetesObject): boolean {
  const { metadata } = object
  if (!metadata.deletionTimestamp || metadata.finalizers?.length || kind.isHeld?.(object)) return false
  return (metadata.deletionGracePeriodSeconds ?? 0) === 0
}

function checkIdentity(
  kind: Kind,
  proposed: KubernetesObject,
  current: KubernetesObject,
  { subresource = '', patched = false, applied = false }: UpdateRequest,
): void {
  const { metadata } = proposed
  if (metadata.resourceVersion && !/^\d+$/.test(metadata.resourceVersion)) {
    const text = JSON.stringify(metadata.resourceVersion)
    throw new StatusError('Unknown', `strconv.ParseUint: parsing ${text}: invalid syntax`)
  }
  const isWhole = !patched && !applied && (subresource === '' || subresource === 'status')
  if (metadata.resourceVersion && metadata.resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(kind, current.metadata.name)
  }
  if (isWhole && metadata.uid && metadata.uid !== current.metadata.uid) {
    throw uidConflict(kind, current.metadata, { asked: metadata.uid, known: current.metadata.uid })
  }
  if (isWhole && !metadata.resourceVersion && kind.needsVersion) {
    const { group, plural } = kind.resource
    const finding = invalid('metadata.resourceVersion', 0, 'must be specified for an update')
    throw invalidStatus({ group, kind: plural }, current.metadata.name, [finding])
  }
}

/** The answer to a write that means another object of the name than the one that is there; '' where there is none. */
function uidConflict(
  kind: Kind,
  key: ObjectKey,
  { asked, known }: { readonly asked: string; readonly known: string },
): StatusError {
  const { group, plural } = kind.resource
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(kind.resource)} ${JSON.stringify(key.name)}: StorageError: invalid object, Code: 4, Key: ${registryKey(kind, key)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${asked}, UID in object meta: ${known}`,
    { name: key.name, ...(group ? { group } : {}), kind: plural },
  )
}

function partOf(kind: Kind, subresource: string): PartRules<KubernetesObject> | undefined {
  return own(kind.parts, subresource)
}

// The place in upstream's storage, which its message names (kubeapiserver/default_storage_factory_builder.go).
function registryKey({ resource, storedUnder }: Kind, { namespace, name }: ObjectKey): string {
  return ['/registry', storedUnder ?? resource.plural, ...(namespace ? [namespace] : []), name].join('/')
}

type Stateful = KubernetesObject & { readonly spec?: unknown; readonly status?: unknown }

// A scale is a way of writing the spec.
function isOfSpec(subresource: string): boolean {
  return subresource === '' || subresource === 'scale'
}

function restrict(
  kind: Kind,
  proposed: KubernetesObject,
  current: KubernetesObject,
  subresource: string,
): KubernetesObject {
  if (!kind.status) return proposed
  if (subresource === 'status') {
    // Everything but status and the changeable metadata stays: fields beside spec included.
    const metadata = statusMetadata(kind, proposed.metadata, current.metadata)
    const { status } = proposed as Stateful
    const { status: _s, ...kept } = current as Stateful
    return {
      ...kept,
      metadata,
      ...(status === undefined ? {} : { status }),
    } as KubernetesObject
  }
  const part = partOf(kind, subresource)
  if (part) return part.keep(proposed, current)
  if (subresource !== '') return proposed
  const { status: _s, ...rest } = proposed as Stateful
  const { status } = current as Stateful
  return { ...rest, ...(status === undefined ? {} : { status }) } as KubernetesObject
}

type Metadata = KubernetesObject['metadata']

function statusMetadata(
  { keptWithStatus = ['ownerReferences'] }: Kind,
  proposed: Metadata,
  current: Metadata,
): Metadata {
  const result: Metadata = { ...proposed }
  for (const name of keptWithStatus) {
    delete result[name]
    if (current[name] !== undefined) Object.assign(result, { [name]: current[name] })
  }
  return result
}

function prepare(
  kind: Kind,
  object: KubernetesObject,
  current: KubernetesObject,
  subresource: string,
): KubernetesObject {
  const whole = complete(kind, object)
  return applyDefaults(kind, completedFor(kind, whole, current, subresource), current)
}

function completedFor(
  kind: Kind,
  whole: KubernetesObject,
  current: KubernetesObject,
  subresource: string,
): KubernetesObject {
  if (subresource === '') return kind.prepareForUpdate?.(whole, current) ?? whole
  return subresource === 'status' ? (kind.prepareForStatus?.(whole, current) ?? whole) : whole
}

// The generation counts changes of what is asked for: everything but metadata and status.
function withGeneration(
  kind: Kind,
  next: KubernetesObject,
  current: KubernetesObject,
  subresource: string,
): KubernetesObject {
  // A pod that is bound asks for nothing else than before (BindingREST writes past the strategy of pods).
  if (!kind.generation || subresource === 'status' || subresource === 'binding') return next
  const wish = ({ metadata: _m, status, ...rest }: Stateful): unknown =>
    // Without the subresource, status is asked for like everything else.
    kind.status ? rest : { ...rest, status }
  const changed = !deepEqual(wish(next as Stateful), wish(current as Stateful))
  const generation = (current.metadata.generation ?? 1) + (changed ? 1 : 0)
  return { ...next, metadata: { ...next.metadata, generation } }
}
