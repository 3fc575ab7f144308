// Owns server-side apply: merging an applied configuration into the live object, with owners and conflicts.
import { formatTimestamp } from '../../base/clock.ts'
import { StatusError } from '../../base/errors.ts'
import { deepCopy, isObject } from '../../base/json.ts'
import { printGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import { compareTyped, isSame } from './compare.ts'
import { FieldSet, pathText } from './field-set.ts'
import type { StructSchema } from './fields.ts'
import {
  decodeManagers,
  encodeManagers,
  isSameManager,
  managedFieldsOf,
  trackedPart,
  withoutChanges,
  type ManagedSet,
} from './managed-fields.ts'
import { schemaOf, type ObjectSchema, type SchemaRef } from './object-schema.ts'
import { fieldsOf, mergeTyped, removeFields, TypedValueError } from './typed-value.ts'

export interface ApplyRequest<T extends object> {
  /** `apps/v1.Deployment`, or the schema of a custom resource. */
  readonly schema: SchemaRef
  /** The stored object; undefined when apply creates it. */
  readonly live: T | undefined
  /** What the client sent, as parsed: not decoded, not defaulted. */
  readonly config: unknown
  /** Name of the field manager. */
  readonly manager: string
  /** Takes over fields that others own. */
  readonly force: boolean
  /** Epoch milliseconds. */
  readonly now: number
  /** `status`, …; absent for the object itself. */
  readonly subresource?: string
}

export interface Applied<T extends object> {
  /** The merged object with its new managedFields; to be decoded and defaulted like any other input. */
  readonly object: T
}

/**
 * Applies a configuration.
 *
 * What it states is set and owned by the manager; what the manager stated last time, states no more and nobody
 * else owns is removed. A changed value that another manager owns is a conflict unless `force`.
 * @throws StatusError Conflict with one FieldManagerConflict cause a field; BadRequest when the configuration
 * carries managedFields or does not fit the type.
 * Source: structured-merge-diff merge/update.go (Updater.Apply), apimachinery pkg/util/managedfields.
 */
export function applyPatch<T extends object>(request: ApplyRequest<T>): Applied<T> {
  const { live, subresource = '' } = request
  const shape = schemaOf(request.schema)
  const schema = shape.struct
  const config = readConfig(request.config, shape, subresource)
  const before: Record<string, unknown> = { ...live }
  const managers = decodeManagers(managedFieldsOf(live))
  const identity = {
    manager: request.manager,
    operation: 'Apply',
    apiVersion: shape.apiVersion,
    subresource,
  }
  const last = managers.find((entry) => isSameManager(entry, identity))
  const own: ManagedSet = {
    ...identity,
    time: last?.time,
    set: ownedBy(shape, config, subresource),
  }
  const others = managers.filter((entry) => entry !== last)

  const merged = mergeTyped(schema, before, config) as Record<string, unknown>
  const dropsNothing = !last || last.set.difference(own.set).isEmpty
  const next = dropsNothing ? merged : prune(schema, merged, { last: last.set, managers: [...others, own] })
  const comparison = compareTyped(
    schema,
    trackedPart(shape, before, subresource),
    trackedPart(shape, next, subresource),
  )
  const changed = comparison.added.union(comparison.modified)
  if (!request.force) refuseConflicts(others, changed)

  const time = isSame(comparison) && last ? last.time : formatTimestamp(request.now)
  const kept = withoutChanges(others, comparison, changed)
  const entries = own.set.isEmpty ? kept : [...kept, { ...own, time }]
  const metadata = isObject(next['metadata']) ? next['metadata'] : {}
  const object = { ...next, metadata: { ...metadata, managedFields: encodeManagers(entries) } }
  // Built from a T and a configuration of its type; decoding checks that before it is stored.
  return { object: deepCopy(object) as unknown as T }
}

/** The configuration without what this endpoint never takes: status, or everything but status. */
function readConfig(config: unknown, wanted: ObjectSchema, subresource: string): Record<string, unknown> {
  if (config === null || config === undefined)
    throw new StatusError('BadRequest', 'invalid object type: /, Kind=')
  if (!isObject(config)) {
    throw new StatusError('BadRequest', `error decoding YAML: the object provided is not a ${wanted.kind}`)
  }
  const [apiVersion, kind] = [textOf(config['apiVersion']), textOf(config['kind'])]
  if (apiVersion !== wanted.apiVersion || kind !== wanted.kind) {
    throw new StatusError('BadRequest', `invalid object type: ${printGroupVersion(apiVersion)}, Kind=${kind}`)
  }
  const metadata = config['metadata']
  if (isObject(metadata) && Array.isArray(metadata['managedFields'])) {
    throw new StatusError('BadRequest', 'metadata.managedFields must be nil')
  }
  const accepted = { ...config }
  if (subresource === 'status') delete accepted['spec']
  else if (!wanted.custom?.plainStatus) delete accepted['status']
  return accepted
}

function ownedBy(shape: ObjectSchema, config: Record<string, unknown>, subresource: string): FieldSet {
  const { apiVersion, kind, struct } = shape
  try {
    const { apiVersion: _a, kind: _k, ...whole } = config
    // All of it has to fit the type, what nobody owns included.
    fieldsOf(struct, whole)
    return fieldsOf(struct, trackedPart(shape, config, subresource))
  } catch (error) {
    if (!(error instanceof TypedValueError)) throw error
    const metadata = isObject(config['metadata']) ? config['metadata'] : {}
    const name = `${textOf(metadata['namespace'])}/${textOf(metadata['name'])}`
    // Sent with status 500 and without a reason, though the client is at fault.
    throw new StatusError(
      'Unknown',
      `failed to create typed patch object (${name}; ${printGroupVersion(apiVersion)}, Kind=${kind}): ${error.message}`,
    )
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

interface Pruning {
  /** What the manager owned before. */
  readonly last: FieldSet
  /** Everybody after this apply, the manager with its new set. */
  readonly managers: readonly ManagedSet[]
}

/**
 * Removes what the manager owned last time and nobody owns now.
 * Source: merge/update.go (prune, addBackOwnedItems, addBackDanglingItems), in one expression: of the fields
 * that go when `last` goes, those are kept that somebody owns or that `last` did not own.
 */
function prune(
  schema: StructSchema,
  merged: Record<string, unknown>,
  { last, managers }: Pruning,
): Record<string, unknown> {
  const lastNamed = last.withNamedFields(schema)
  const always = new FieldSet()
  // Nobody owns an object's name, and it must not go with the last label.
  always.insert(['f:metadata'])
  const managed = managers.reduce((all, entry) => all.union(entry.set), always).withNamedFields(schema)
  const { apiVersion, kind, ...body } = merged
  const namedFieldsOf = (value: unknown): FieldSet =>
    fieldsOf(schema, value ?? {}, { allowDuplicates: true }).withNamedFields(schema)
  const mergedFields = namedFieldsOf(body)
  const withoutLast = removeFields(schema, body, lastNamed)
  const remaining = namedFieldsOf(withoutLast)
  const owned = removeFields(schema, body, mergedFields.difference(remaining.union(managed))) ?? {}
  const ownedFields = namedFieldsOf(owned)
  const gone = mergedFields.difference(ownedFields).intersection(lastNamed)
  const pruned = gone.isEmpty ? body : ((removeFields(schema, body, gone) ?? {}) as Record<string, unknown>)
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    ...pruned,
  }
}

function refuseConflicts(others: readonly ManagedSet[], changed: FieldSet): void {
  const conflicts = others.flatMap((entry) =>
    [...entry.set.intersection(changed).paths()].map((path) => ({
      manager: printManager(entry),
      path: pathText(path),
    })),
  )
  if (conflicts.length === 0) return
  throw new StatusError('Conflict', conflictMessage(conflicts), {
    causes: conflicts.map(({ manager, path }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${manager}`,
      field: path,
    })),
  })
}

interface Conflict {
  readonly manager: string
  readonly path: string
}

/** apimachinery pkg/util/managedfields/internal/conflict.go, which kubectl prints as it is. */
function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (conflicts.length === 1 && first) {
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.path}`
  }
  const lines: string[] = []
  for (const manager of [...new Set(conflicts.map((conflict) => conflict.manager))].toSorted()) {
    lines.push(`conflicts with ${manager}:`)
    for (const conflict of conflicts) if (conflict.manager === manager) lines.push(`- ${conflict.path}`)
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

function printManager({ manager, operation, apiVersion, subresource }: ManagedSet): string {
  const name =
    JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '')
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}
