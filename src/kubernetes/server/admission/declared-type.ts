// Owns the types that expressions see in the objects of a kind: what its published schema says of their fields.
// Source: apiserver pkg/cel/common/schemas.go (SchemaDeclType), pkg/cel/openapi/resolver/refs.go (PopulateRefs).
import type { Environment } from '@marcbachmann/cel-js'

import { isObject } from '../../../base/json.ts'
import { spellingsOf } from '../../resources/custom/cel-values.ts'

type Json = Readonly<Record<string, unknown>>

/** Schemas by the name that `$ref`s use. */
export type Schemas = Readonly<Record<string, unknown>>

/** The name of a type, or the fields of one that has none yet, or what a list or map is made of. */
export type DeclaredType =
  | string
  | { readonly list: DeclaredType }
  | { readonly map: DeclaredType }
  | { readonly fields: ReadonlyMap<string, DeclaredType> }

const CIRCULAR: Json = { type: 'object' }

/** The type of a schema among others; undefined for what expressions cannot see. */
export function declaredType(name: string, schemas: Schemas): DeclaredType | undefined {
  const root = schemas[name]
  return isObject(root) ? new Declaring(schemas).read(root, [name], true) : undefined
}

class Declaring {
  readonly #schemas: Schemas

  constructor(schemas: Schemas) {
    this.#schemas = schemas
  }

  read(given: Json, above: readonly string[], isRoot = false): DeclaredType | undefined {
    const reference = referenceOf(given)
    if (reference !== undefined) {
      const found = above.includes(reference) ? CIRCULAR : this.#schemas[reference]
      return isObject(found) ? this.read(found, [...above, reference], isRoot) : undefined
    }
    const { type, format, items, additionalProperties: values } = given
    if (format === 'int-or-string' || given['x-kubernetes-int-or-string'] === true) return 'dyn'
    if (type === 'array') {
      const list = isObject(items) ? this.read(items, above) : undefined
      return list && { list }
    }
    if (type !== 'object') return scalar(type, format)
    if (isObject(values)) {
      const map = this.read(values, above)
      return map && { map }
    }
    return this.#fields(given, above, isRoot || given['x-kubernetes-embedded-resource'] === true)
  }

  #fields({ properties }: Json, above: readonly string[], isResource: boolean): DeclaredType {
    const fields = new Map<string, DeclaredType>()
    for (const [name, property] of Object.entries(isObject(properties) ? properties : {})) {
      const type = isObject(property) ? this.read(property, above) : undefined
      if (type === undefined || !/^[A-Za-z_][\w./-]*$/.test(name)) continue
      for (const spelling of spellingsOf(name)) fields.set(spelling, type)
    }
    if (isResource && !(fields.has('kind') && fields.has('metadata'))) {
      const names = new Map(['name', 'generateName'].map((name) => [name, 'string']))
      fields.set('kind', 'string').set('apiVersion', 'string').set('metadata', { fields: names })
    }
    return { fields }
  }
}

function referenceOf(schema: Json): string | undefined {
  const { $ref: reference, allOf } = schema
  if (typeof reference === 'string') return reference.slice(reference.lastIndexOf('/') + 1)
  const [only] = Array.isArray(allOf) ? (allOf as unknown[]) : []
  return isObject(only) ? referenceOf(only) : undefined
}

function scalar(type: unknown, format: unknown): string | undefined {
  switch (type) {
    case 'string':
      if (format === 'byte') return 'bytes'
      if (format === 'duration') return 'google.protobuf.Duration'
      return format === 'date' || format === 'date-time' ? 'google.protobuf.Timestamp' : 'string'
    case 'boolean':
      return 'bool'
    case 'number':
      return 'double'
    case 'integer':
      return 'int'
    default:
      return undefined
  }
}

/**
 * Has an environment know a type, and what it is made of, by its place below `name`.
 * @returns the name that it is known by
 */
export function registerDeclared(environment: Environment, name: string, type: DeclaredType): string {
  if (typeof type === 'string') return type
  if ('list' in type) return `list<${registerDeclared(environment, `${name}.@idx`, type.list)}>`
  if ('map' in type) return `map<string, ${registerDeclared(environment, `${name}.@elem`, type.map)}>`
  const fields = Array.from(type.fields, ([field, below]) => [
    field,
    registerDeclared(environment, `${name}.${field}`, below),
  ])
  environment.registerType(name, { fields: Object.fromEntries(fields) as Record<string, string> })
  return name
}
