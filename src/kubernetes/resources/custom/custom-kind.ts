// Owns the kinds that a custom resource definition makes: one for each version that it serves.
import { StatusError } from '../../../base/errors.ts'
import { isObject, own, setOwn } from '../../../base/json.ts'
import { groupVersionOf } from '../../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject, Resource } from '../../client/client.ts'
import { defineKind, type Kind, type ScaleAccess } from '../kind.ts'
import { columnsOf } from './columns.ts'
import { customSchema } from './custom-schema.ts'
import { fillDefaults, hasDefaults } from './defaulting.ts'
import { fieldsOfPath } from './json-path.ts'
import { schemaOfVersion, type Definition, type Version } from './json-schema.ts'
import { validateCustomObject } from './validate-object.ts'
import { webhookConversion, type ConvertObjects } from './webhook-conversion.ts'

// In the order of apiextensions-apiserver pkg/apiserver/customresource_discovery_controller.go.
const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']

const STANDARD: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])

/** The kinds of a definition that is established. */
export function customKinds(definition: Definition, convert: ConvertObjects): readonly Kind[] {
  const { versions } = definition.spec
  return versions.filter(({ served }) => served).map((version) => kindOf(definition, version, convert))
}

function kindOf(definition: Definition, version: Version, convert: ConvertObjects): Kind {
  const { spec, status } = definition
  const { singular, shortNames = [], categories = [] } = status?.acceptedNames ?? spec.names
  const resource = resourceOf(definition, version)
  const schema = schemaOfVersion(version)
  const { subresources, selectableFields = [] } = version
  const hasStatus = subresources?.status !== undefined
  const scale = scaleOf(version)
  return defineKind<KubernetesObject>({
    resource,
    type: customSchema(definition, version),
    singular: singular ?? resource.kind.toLowerCase(),
    shortNames,
    categories,
    verbs: VERBS,
    needsVersion: true,
    bareFinalizers: true,
    storedUnder: `${resource.group}/${resource.plural}`,
    generation: true,
    status: hasStatus,
    columns: columnsOf(version),
    storedAs: storedAs(definition, version, convert),
    ...(scale ? { scale } : {}),
    fields: (object) =>
      Object.fromEntries(
        selectableFields.map(({ jsonPath }) => [jsonPath.slice(1), fieldText(valueAt(object, jsonPath))]),
      ),
    prepareForCreate(object) {
      if (definition.metadata.deletionTimestamp) throw terminating(resource, object.metadata.name)
      if (!hasStatus) return object
      const { status: _s, ...rest } = object as KubernetesObject & { readonly status?: unknown }
      return rest
    },
    warnings: finalizerWarnings,
    ...(version.deprecated
      ? {
          deprecation:
            version.deprecationWarning ?? `${groupVersionOf(resource)} ${resource.kind} is deprecated`,
        }
      : {}),
    validateCreate: (object) => validateCustomObject(object, { schema, version }),
    validateUpdate: (object, old) => validateCustomObject(object, { schema, version, old }),
    validateStatus: (object, old) => validateCustomObject(object, { schema, version, old }),
  })
}

// apiextensions-apiserver pkg/registry/customresource/strategy.go
function finalizerWarnings({ metadata }: KubernetesObject, old?: KubernetesObject): string[] {
  const before = old?.metadata.finalizers ?? []
  return (metadata.finalizers ?? [])
    .filter(
      (finalizer) => !before.includes(finalizer) && !finalizer.includes('/') && !STANDARD.has(finalizer),
    )
    .map(
      (finalizer) =>
        `metadata.finalizers: ${JSON.stringify(finalizer)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
    )
}

// apiextensions-apiserver pkg/apiserver/customresource_handler.go
function terminating({ group, plural }: Resource, name: string): StatusError {
  const text = 'create not allowed while custom resource definition is terminating'
  const message = `${plural}.${group} ${JSON.stringify(name)} is forbidden: ${text}`
  return new StatusError('Forbidden', message, { name, group, kind: plural })
}

function resourceOf({ spec }: Definition, { name }: Pick<Version, 'name'>): Resource {
  const { group, names, scope } = spec
  return { group, version: name, plural: names.plural, kind: names.kind, namespaced: scope === 'Namespaced' }
}

/** The version that objects are stored at. */
export function storageVersionOf({ spec }: Definition): string {
  return spec.versions.find(({ storage }) => storage)?.name ?? ''
}

// Objects lie in the store at one version; at the others they say that they are of those.
function storedAs(
  definition: Definition,
  version: Version,
  convert: ConvertObjects,
): NonNullable<Kind['storedAs']> {
  const { group, conversion, versions } = definition.spec
  const stored = resourceOf(definition, { name: storageVersionOf(definition) })
  const storage = versions.find((each) => each.storage)
  if (conversion?.strategy === 'Webhook' && storage) {
    return { resource: stored, ...webhookConversion({ definition, version, storage }, convert) }
  }
  const apiVersion = groupVersionOf({ group, version: version.name })
  const schema = schemaOfVersion(version)
  const completes = hasDefaults(schema)
  // What was read once is read again by every list and watch: it is kept as long as what it was made from.
  const read = new WeakMap<KubernetesObject, KubernetesObject>()
  return {
    resource: stored,
    encode: (object) => ({ ...object, apiVersion: groupVersionOf(stored) }),
    decode(object) {
      if (!completes && object.apiVersion === apiVersion) return object
      const known = read.get(object)
      if (known) return known
      const made = { ...structuredClone(object), apiVersion }
      // Objects that are older than a default have it as well.
      if (completes) fillDefaults(schema, made)
      read.set(object, made)
      return made
    },
  }
}

function scaleOf({ subresources }: Version): ScaleAccess<KubernetesObject> | undefined {
  const scale = subresources?.scale
  if (!scale) return undefined
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale
  return {
    read: (object) => ({
      replicas: numberAt(object, specReplicasPath),
      current: numberAt(object, statusReplicasPath),
      selector: labelSelectorPath ? fieldText(valueAt(object, labelSelectorPath)) : '',
    }),
    write: (object, replicas) =>
      withValue(object, fieldsOfPath(specReplicasPath) ?? [], replicas) as KubernetesObject,
  }
}

function numberAt(object: KubernetesObject, path: string): number {
  const found = valueAt(object, path)
  return typeof found === 'number' ? found : 0
}

function valueAt(object: KubernetesObject, path: string): unknown {
  return (fieldsOfPath(path) ?? []).reduce<unknown>(
    (value, name) => (isObject(value) ? own(value, name) : undefined),
    object,
  )
}

function fieldText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : ''
}

function withValue(value: unknown, [name, ...rest]: readonly string[], replicas: number): unknown {
  if (name === undefined) return replicas
  const copy = { ...(isObject(value) ? value : {}) }
  setOwn(copy, name, withValue(own(copy, name), rest, replicas))
  return copy
}
