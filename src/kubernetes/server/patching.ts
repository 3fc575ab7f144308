// Owns what the four patch types mean for an update.
import { StatusError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import { groupVersionOf, qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject, ObjectKey, PatchType } from '../client/client.ts'
import { typeMetaOf } from '../registry/selection.ts'
import type { UpdateRequest } from '../registry/update.ts'
import { invalid, invalidStatus } from '../resources/field-error.ts'
import type { Kind } from '../resources/kind.ts'
import { applyPatch } from '../schema/apply.ts'
import { decodeObject } from '../schema/decode.ts'
import type { FieldValidation } from '../schema/decoding.ts'
import { applyDefaults } from '../schema/default.ts'
import { formatGo } from '../schema/format-go.ts'
import { applyJsonPatch } from '../schema/json-patch.ts'
import { mergePatched } from '../schema/merge-patch.ts'
import { applyStrategicMergePatch } from '../schema/strategic-merge.ts'
import { yamlComplaint } from './yaml-text.ts'

export interface PatchRequest {
  readonly type: PatchType
  readonly body: unknown
  readonly duplicates?: readonly string[]
  readonly yamlComplaint?: string | undefined
  readonly fieldManager: string
  readonly force: boolean
  readonly fieldValidation: FieldValidation
  readonly subresource: string
  readonly name: string
  readonly namespace?: string | undefined
  now(): number
  warn(message: string): void
}

/** The part of an update request that a patch decides. @throws StatusError when the patch is malformed. */
export function patchChange(
  kind: Kind,
  patch: PatchRequest,
): Pick<UpdateRequest, 'change' | 'createInstead' | 'applied' | 'patched'> {
  if (patch.type === 'apply') return applyChange(kind, patch)
  return {
    change(current) {
      const next = decodePatched(kind, patch, merge(kind, patch, current))
      requireSameKey(next, current.metadata)
      return next
    },
    patched: true,
  }
}

/**
 * Refuses a version of an object that claims to be another object.
 * @throws StatusError BadRequest. Source: apiserver pkg/endpoints/handlers/update.go and rest/update.go.
 */
export function requireSameKey({ metadata }: KubernetesObject, key: ObjectKey): void {
  const { name, namespace } = metadata
  if (!name) {
    throw new StatusError(
      'BadRequest',
      `the name of the object (${key.name} based on URL) was undeterminable: name must be provided`,
    )
  }
  if (name !== key.name) {
    throw new StatusError(
      'BadRequest',
      `the name of the object (${name}) does not match the name on the URL (${key.name})`,
    )
  }
  // What has no namespace loses the one it claims (rest.EnsureObjectNamespaceMatchesRequestNamespace).
  if (namespace && key.namespace && namespace !== key.namespace) {
    throw new StatusError(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
}

/**
 * What a patch has made, as an object of the kind.
 * @throws StatusError Invalid for what is none: the patch is at fault, not the object. Source: handlers/patch.go.
 */
function decodePatched(kind: Kind, patch: PatchRequest, value: unknown): KubernetesObject {
  try {
    return decode(kind, value, patch)
  } catch (error) {
    const isOfPatch = error instanceof StatusError && error.reason === 'BadRequest' && !kind.schema.custom
    if (!isOfPatch) throw error
    if (error.message.includes('strict decoding error')) throw error
    throw invalidPatch(patch, value, error)
  }
}

/** The answer to a patch that has made something that cannot be read, for what reading it said. */
export function invalidPatch(
  { type, body }: Pick<PatchRequest, 'type' | 'body'>,
  value: unknown,
  { message }: StatusError,
): StatusError {
  const why = message.replace(/^\S+ in version \S+ cannot be handled as a \S+: /, '')
  const finding =
    type === 'strategic'
      ? invalid('patch', formatGo(body), restoringWords(why))
      : invalid('patch', JSON.stringify(sortedWhere(value, body)), why)
  return invalidStatus({ group: '', kind: '' }, '', [finding])
}

// The library that merges writes the keys of what it has touched in order.
function sortedWhere(value: unknown, patch: unknown): unknown {
  if (!isObject(value) || !isObject(patch)) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sortedWhere(item, patch[key])]))
}

const GO_KINDS: Readonly<Record<string, string>> = { array: 'slice', object: 'map', number: 'int64' }

// What is merged by its type is made into objects by another reader than bytes are, with words of its own.
// Source: apimachinery pkg/runtime/converter.go.
function restoringWords(why: string): string {
  const [, json = '', number, type] =
    /^json: cannot unmarshal (\w+)( [\d.e+-]+)? into Go struct field \S+ of type (\S+)$/.exec(why) ?? []
  if (type === undefined) return why
  if (type === 'meta/v1.Time') return `json: cannot unmarshal ${json} into Go value of type string`
  const given = number === undefined ? (GO_KINDS[json] ?? json) : 'float64'
  if (type.startsWith('map[')) return `cannot restore map from ${given}`
  if (type.startsWith('[]')) return `cannot restore slice from ${given}`
  if (type.includes('.')) return `cannot restore struct from: ${given}`
  return json === 'number' && type !== 'bool'
    ? `cannot convert ${given} to ${type}`
    : `unrecognized type: ${type}`
}

function merge(kind: Kind, { type, body }: PatchRequest, current: KubernetesObject): unknown {
  if (type === 'json') return applyJsonPatch(current, body)
  if (type === 'merge') return mergePatched(current, body)
  const merged = applyStrategicMergePatch(kind.schema, current, body)
  // It is read as what it was, whatever the patch calls it.
  return { ...(merged as object), ...typeMetaOf(kind) }
}

function applyChange(
  kind: Kind,
  patch: PatchRequest,
): Pick<UpdateRequest, 'change' | 'createInstead' | 'applied'> {
  const { name, body, fieldManager, force, subresource } = patch
  const apply = (live: KubernetesObject | undefined): KubernetesObject => {
    const { object } = applyPatch<KubernetesObject>({
      schema: kind.schema,
      live,
      config: body,
      manager: fieldManager,
      force,
      now: patch.now(),
      ...(subresource ? { subresource } : {}),
    })
    complainOfDuplicates(patch)
    const decoded = decodeObject<KubernetesObject>(kind.schema, object, { fieldValidation: 'Ignore' }).object
    const named = { ...decoded, metadata: { ...decoded.metadata, name: decoded.metadata?.name ?? name } }
    requireSameKey(named, { name, ...(patch.namespace ? { namespace: patch.namespace } : {}) })
    const uid = live ? undefined : named.metadata.uid
    if (uid) throw missingUid(kind, name, uid)
    return applyDefaults(kind, named)
  }
  const createInstead = subresource === '' ? { createInstead: () => apply(undefined) } : {}
  return { change: apply, applied: true, ...createInstead }
}

// handlers/patch.go (patcher.applyPatch): who names a uid means an object that is there.
function missingUid({ resource }: Kind, name: string, uid: string): StatusError {
  const { group, plural } = resource
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(resource)} ${JSON.stringify(name)}: uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    { name, ...(group ? { group } : {}), kind: plural },
  )
}

// Unknown fields are errors of the type; what is left for strict reading are keys that stand twice.
function complainOfDuplicates(patch: PatchRequest): void {
  const { duplicates = [], fieldValidation } = patch
  const keys = duplicates.map((path) => ({ line: 1, key: path.split('.').at(-1) ?? '' }))
  const text = patch.yamlComplaint ?? yamlComplaint(keys)
  if (text === undefined || fieldValidation === 'Ignore') return
  if (fieldValidation === 'Strict') throw new StatusError('BadRequest', `error strict decoding YAML: ${text}`)
  patch.warn(text)
}

function decode(kind: Kind, value: unknown, patch: PatchRequest): KubernetesObject {
  const { object, warnings } = decodeObject<KubernetesObject>(kind.schema, value, {
    fieldValidation: patch.fieldValidation,
    ...(patch.duplicates ? { duplicates: patch.duplicates } : {}),
  })
  for (const warning of warnings) patch.warn(warning)
  if (object.apiVersion !== groupVersionOf(kind.resource) || object.kind !== kind.resource.kind) {
    throw new StatusError(
      'BadRequest',
      kind.schema.custom
        ? `the API version in the data (${object.apiVersion}, Kind=${object.kind}) does not match the expected API version (${groupVersionOf(kind.resource)}, Kind=${kind.resource.kind})`
        : `no kind ${JSON.stringify(object.kind)} is registered for version ${JSON.stringify(object.apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    )
  }
  return object.metadata
    ? object
    : { ...object, metadata: { name: patch.name } as KubernetesObject['metadata'] }
}
