// Owns how the CustomResourceDefinitions of the controller are put together.

/** A part of an OpenAPI schema. */
export type Schema = Readonly<Record<string, unknown>>

/** A CustomResourceDefinition as it is applied. */
export interface Definition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: Schema
}

export interface Names {
  readonly group: string
  readonly kind: string
  readonly plural: string
  readonly scope: 'Namespaced' | 'Cluster'
  /** The version that is stored; v1beta1 when absent. */
  readonly version?: string
}

export interface Shape {
  readonly spec: Schema
  readonly status?: Schema
  /** Title, path, type, and the priority of a column that only `-o wide` shows. */
  readonly columns: readonly (readonly [title: string, jsonPath: string, type?: string, priority?: number])[]
  /** Versions that are served besides the stored one. */
  readonly older?: readonly string[]
  /** What clients of the older ones are warned of. */
  readonly deprecation?: string
}

export const STRING: Schema = { type: 'string' }
export const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
export const object = (properties: Schema, required?: readonly string[]): Schema => ({
  type: 'object',
  properties,
  ...(required && { required }),
})
export const listOf = (items: Schema): Schema => ({ type: 'array', items })
export const oneOf = (...values: readonly string[]): Schema => ({ type: 'string', enum: values })
export const INT_OR_STRING: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
}
const AGE = ['AGE', '.metadata.creationTimestamp', 'date'] as const

/** A definition with one schema in all its versions. */
export function define(names: Names, shape: Shape): Definition {
  const { group, kind, plural, scope, version: stored = 'v1beta1' } = names
  const additionalPrinterColumns = [...shape.columns, AGE].map(
    ([name, jsonPath, type = 'string', priority = 0]) => ({
      name,
      jsonPath,
      type,
      ...(priority === 0 ? {} : { priority }),
    }),
  )
  const version = (name: string, isStored: boolean): Schema => ({
    name,
    served: true,
    storage: isStored,
    ...(shape.deprecation !== undefined &&
      !isStored && { deprecated: true, deprecationWarning: shape.deprecation }),
    ...(shape.status ? { subresources: { status: {} } } : {}),
    additionalPrinterColumns,
    schema: {
      openAPIV3Schema: object({
        apiVersion: STRING,
        kind: STRING,
        metadata: { type: 'object' },
        spec: shape.spec,
        ...(shape.status && { status: shape.status }),
      }),
    },
  })
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [...(shape.older ?? []).map((name) => version(name, false)), version(stored, true)],
    },
  }
}
