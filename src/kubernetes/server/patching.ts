// Owns what the four patch types mean for an update.
import { StatusError } from '../../base/errors.ts'
import { groupVersionOf, qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject, ObjectKey, PatchType } from '../client/client.ts'
import type { UpdateRequest } from '../registry/update.ts'
import type { Kind } from '../resources/kind.ts'
import { applyPatch } from '../schema/apply.ts'
import { decodeObject } from '../schema/decode.ts'
import type { FieldValidation } from '../schema/decoding.ts'
import { applyDefaults } from '../schema/default.ts'
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
): Pick<UpdateRequest, 'change' | 'createInstead' | 'applied'> {
  if (patch.type === 'apply') return applyChange(kind, patch)
  return {
    change(current) {
      const next = decode(kind, merge(kind, patch, current), patch)
      requireSameKey(next, current.metadata)
      return next
    },
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
  if (namespace && namespace !== (key.namespace ?? '')) {
    throw new StatusError(
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
}

function merge(kind: Kind, { type, body }: PatchRequest, current: KubernetesObject): unknown {
  if (type === 'json') return applyJsonPatch(current, body)
  if (type === 'merge') return mergePatched(current, body)
  return applyStrategicMergePatch(kind.schema, current, body)
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
      `the API version in the data (${object.apiVersion}, Kind=${object.kind}) does not match the expected API version (${groupVersionOf(kind.resource)}, Kind=${kind.resource.kind})`,
    )
  }
  return object.metadata
    ? object
    : { ...object, metadata: { name: patch.name } as KubernetesObject['metadata'] }
}
