// Owns metadata.managedFields: who set which fields, and how an ordinary write changes that.
import { formatTimestamp } from '../../base/clock.ts'
import { isObject } from '../../base/json.ts'
import type { ManagedFieldsEntry } from '../../../generated/kubernetes.d.ts'
import { compareTyped, isSame, type Comparison } from './compare.ts'
import { FieldSet } from './field-set.ts'
import { schemaOf, type ObjectSchema, type SchemaRef } from './object-schema.ts'

/** One manager with its fields. */
export interface ManagedSet {
  readonly manager: string
  readonly operation: string
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string | undefined
  readonly set: FieldSet
  /** The entry that this was read from and still says; absent once anything differs. */
  readonly entry?: ManagedFieldsEntry
}

export interface TrackedUpdate {
  /** `apps/v1.Deployment`, or the schema of a custom resource. */
  readonly schema: SchemaRef
  /** The stored object; undefined when it is created. */
  readonly before: object | undefined
  /** The object about to be stored, decoded and defaulted. */
  readonly after: object
  /** Name of the field manager. */
  readonly manager: string
  /** Epoch milliseconds. */
  readonly now: number
  /** `status`, `scale`, …; absent for the object itself. */
  readonly subresource?: string
}

// apimachinery managedfields/internal/capmanagers.go
const MAX_UPDATE_MANAGERS = 10
const ANCIENT_MANAGER = 'ancient-changes'

// apimachinery managedfields/internal/stripmeta.go: never owned by anybody.
function trackedMetadata({
  name: _name,
  namespace: _namespace,
  creationTimestamp: _creationTimestamp,
  selfLink: _selfLink,
  uid: _uid,
  clusterName: _clusterName,
  generation: _generation,
  managedFields: _managedFields,
  resourceVersion: _resourceVersion,
  ...tracked
}: Record<string, unknown>): Record<string, unknown> {
  return tracked
}

/**
 * The managedFields of `after` once `manager` has made it out of `before` by create, update or a patch other
 * than apply: what differs now belongs to the manager, and to nobody else. The entries keep their time where
 * nothing changed. Managers listed in `after` itself count first, so that clients can edit them; `[{}]` clears.
 * Source: apimachinery pkg/util/managedfields, structured-merge-diff merge/update.go (Updater.Update).
 */
export function trackUpdate(update: TrackedUpdate): ManagedFieldsEntry[] {
  const { before, after, subresource = '' } = update
  const schema = schemaOf(update.schema)
  const { apiVersion, struct } = schema
  const managers = decodeManagers(entriesToStartFrom(before, after, subresource))
  const comparison = compareTyped(
    struct,
    trackedPart(schema, before ?? {}, subresource),
    trackedPart(schema, after, subresource),
  )
  if (isSame(comparison)) return encodeManagers(managers)
  const identity = {
    manager: update.manager,
    operation: 'Update',
    apiVersion,
    subresource,
  }
  const { added, modified } = comparison
  const changed = modified.isEmpty ? added : added.union(modified)
  const next = withoutChanges(managers, comparison, changed)
  if (changed.isEmpty) return encodeManagers(next)
  const previous = next.find((entry) => isSameManager(entry, identity))
  const own: ManagedSet = {
    ...identity,
    time: formatTimestamp(update.now),
    set: previous ? previous.set.union(changed) : changed,
  }
  return encodeManagers(capUpdaters([...next.filter((entry) => entry !== previous), own]))
}

/** Everybody loses what somebody else changed or removed; managers without fields go. */
export function withoutChanges(
  managers: readonly ManagedSet[],
  comparison: Comparison,
  changed: FieldSet,
): ManagedSet[] {
  if (managers.length === 0) return []
  const lost = changed.union(comparison.removed)
  return managers
    .map((entry) => (entry.set.intersection(lost).isEmpty ? entry : reduced(entry, lost)))
    .filter((entry) => !entry.set.isEmpty)
}

function reduced({ entry: _entry, ...rest }: ManagedSet, lost: FieldSet): ManagedSet {
  return { ...rest, set: rest.set.difference(lost) }
}

/** The part of an object that managers can own by writing to it through `subresource` (`''`: the object itself). */
export function trackedPart(
  { custom }: ObjectSchema,
  object: object,
  subresource: string,
): Record<string, unknown> {
  const { apiVersion: _apiVersion, kind: _kind, ...part } = object as Record<string, unknown>
  // Even where there is nothing to delete, that makes an object slow.
  const other = subresource === 'status' ? 'spec' : custom?.plainStatus ? undefined : 'status'
  if (other !== undefined && other in part) delete part[other]
  if (isObject(part['metadata'])) {
    const metadata = trackedMetadata(part['metadata'])
    if (Object.keys(metadata).length > 0) part['metadata'] = metadata
    else delete part['metadata']
  }
  return part
}

/** True when two entries are of one manager: the same name, way of writing and subresource. */
export function isSameManager(
  a: Omit<ManagedSet, 'set' | 'time'>,
  b: Omit<ManagedSet, 'set' | 'time'>,
): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    // An applier is the same whatever version it applies.
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  )
}

/** The managers of a stored object; entries that cannot be read are dropped. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[]): ManagedSet[] {
  return entries.map((entry) => ({
    manager: entry.manager ?? '',
    operation: entry.operation ?? '',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
    time: entry.time,
    set: setOf(entry.fieldsV1),
    entry,
  }))
}

// Entries pass from version to version as they are until something of them changes; sets are never changed.
const sets = new WeakMap<object, FieldSet>()

function setOf(fields: unknown): FieldSet {
  if (!isObject(fields)) return FieldSet.fromFieldsV1(fields)
  const known = sets.get(fields) ?? FieldSet.fromFieldsV1(fields)
  sets.set(fields, known)
  return known
}

// What is made in the same way has the same fields: ten thousand replicas share one record of them, which is a third of
// what an object of theirs would hold. A bound, as clients make up what they like.
const shared = new Map<string, Record<string, unknown>>()
const MOST_SHARED = 1_000
const LONGEST_SHARED = 8_192

// Their texts, as they are written with every object that has them.
const texts = new WeakMap<object, string>()

function fieldsOf(set: FieldSet): Record<string, unknown> {
  const { key } = set
  const known = shared.get(key)
  if (known) return known
  const fieldsV1 = set.toFieldsV1()
  sets.set(fieldsV1, set)
  if (key.length > LONGEST_SHARED) return fieldsV1
  if (shared.size >= MOST_SHARED) shared.clear()
  shared.set(key, fieldsV1)
  texts.set(fieldsV1, JSON.stringify(fieldsV1))
  return fieldsV1
}

/** JSON of an entry. */
export function entryText(entry: ManagedFieldsEntry): string {
  const { fieldsV1, subresource, ...rest } = entry
  const text = fieldsV1 && texts.get(fieldsV1)
  if (text === undefined) return JSON.stringify(entry)
  const last = subresource === undefined ? '' : `,"subresource":${JSON.stringify(subresource)}`
  return `${JSON.stringify(rest).slice(0, -1)},"fieldsV1":${text}${last}}`
}

/** Entries in the order the API server stores them: appliers first, then by time and name. */
export function encodeManagers(managers: readonly ManagedSet[]): ManagedFieldsEntry[] {
  return managers.toSorted(compareManagers).map((managed) => managed.entry ?? encodeManager(managed))
}

function encodeManager({
  manager,
  operation,
  apiVersion,
  subresource,
  time,
  set,
}: ManagedSet): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsOf(set),
    ...(subresource === '' ? {} : { subresource }),
  }
}

/** The entries of an object; none for one that is not there yet. */
export function managedFieldsOf(object: object | undefined): readonly ManagedFieldsEntry[] {
  const metadata = (object as { metadata?: { managedFields?: ManagedFieldsEntry[] } } | undefined)?.metadata
  return metadata?.managedFields ?? []
}

function entriesToStartFrom(
  before: object | undefined,
  after: object,
  subresource: string,
): readonly ManagedFieldsEntry[] {
  const given = subresource === '' ? managedFieldsOf(after) : []
  const [only] = given
  if (given.length === 1 && only && Object.keys(only).length === 0) return []
  return given.length > 0 ? given : managedFieldsOf(before)
}

/** More than ten updaters: the oldest are put together under one name. */
function capUpdaters(managers: ManagedSet[]): ManagedSet[] {
  if (managers.length <= MAX_UPDATE_MANAGERS) return managers
  const updaters = managers.filter((entry) => entry.operation === 'Update').toSorted(compareManagers)
  if (updaters.length <= MAX_UPDATE_MANAGERS) return managers
  const surplus = updaters.slice(0, updaters.length - MAX_UPDATE_MANAGERS + 1)
  const newest = surplus.at(-1)
  if (!newest) return managers
  const set = surplus.reduce((all, entry) => all.union(entry.set), new FieldSet())
  const { operation, apiVersion, time } = newest
  const merged = { manager: ANCIENT_MANAGER, operation, apiVersion, subresource: '', time, set }
  return [...managers.filter((entry) => !surplus.includes(entry)), merged]
}

function compareManagers(a: ManagedSet, b: ManagedSet): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
