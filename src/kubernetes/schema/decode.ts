// Owns decoding: JSON or parsed YAML of a client into a clean object of a known type, in Go's words when it fails.
import { QuantityError } from '../../base/quantity.ts'
import { StatusError } from '../../base/errors.ts'
import { resourceQuantity } from '../../base/canonical-quantity.ts'
import { deepCopy, isObject, setOwn } from '../../base/json.ts'
import { parseGroupVersion } from '../../rules/kubernetes/resource-names.ts'
import type { Decoded, DecodeOptions } from './decoding.ts'
import { isKindType, isTypeMeta, typeOf } from './fields.ts'
import type { Field, FieldSchema, ListSchema, MapSchema, StructSchema } from './fields.ts'
import { goKind } from './format-go.ts'
import { schemaOf, type SchemaRef } from './object-schema.ts'
import { decodeScalar, DecodeError, isZero, zeroOf } from './scalar.ts'

// kjson stops collecting here.
const MAX_STRICT_ERRORS = 100

/**
 * Reads `json` as an object of a type (`apps/v1.Deployment`) or schema; the result shares nothing with it.
 *
 * As a Go API server does when it decodes and encodes again: unknown fields are dropped (and reported), null is
 * absence, zero values that Go's omitempty would drop are dropped, quantities are canonical, times are UTC.
 * apiVersion and kind are filled in when absent; that they fit the request is the caller's check.
 * Enumerations are not checked here: that is validation. Custom resources are read by rules of their own.
 * @throws StatusError BadRequest, `Deployment in version "v1" cannot be handled as a Deployment: …`.
 * Source: apiserver pkg/endpoints/handlers/rest.go (transformDecodeError), sigs.k8s.io/json.
 */
export function decodeObject<T extends object = Record<string, unknown>>(
  ref: SchemaRef,
  json: unknown,
  options: DecodeOptions,
): Decoded<T> {
  const { apiVersion, kind, type, struct, custom } = schemaOf(ref)
  // The value is read by the definition that the caller's type stands for.
  if (custom) return custom.decode(json, options) as Decoded<T>
  const refuse = (message: string): StatusError =>
    new StatusError(
      'BadRequest',
      `${kind} in version ${JSON.stringify(parseGroupVersion(apiVersion).version)} cannot be handled as a ${kind}: ${message}`,
    )
  const reading = new Reading()
  let object: Record<string, unknown>
  try {
    object = reading.root(struct, json)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof QuantityError) throw refuse(error.message)
    throw error
  }
  const complaints = [
    ...(options.yamlComplaint ? [options.yamlComplaint] : []),
    ...complaintsOf(options, reading.unknown),
  ].slice(0, MAX_STRICT_ERRORS)
  if (options.fieldValidation === 'Strict' && complaints.length > 0) {
    throw refuse(`strict decoding error: ${complaints.join(', ')}`)
  }
  if (type !== undefined && isKindType(type)) object = { apiVersion, kind, ...object }
  // The value was read field by field by the schema that the caller's type is generated from.
  return { object: object as T, warnings: options.fieldValidation === 'Warn' ? complaints : [] }
}

function complaintsOf({ duplicates = [], order }: DecodeOptions, unknown: readonly string[]): string[] {
  const twice = duplicates.map((path) => ({
    path,
    text: `duplicate field ${JSON.stringify(path)}`,
    last: true,
  }))
  const strange = unknown.map((path) => ({
    path,
    text: `unknown field ${JSON.stringify(path)}`,
    last: false,
  }))
  const all = [...twice, ...strange]
  if (twice.length === 0 || strange.length === 0 || !order) return all.map(({ text }) => text)
  const paths = order()
  const placeOf = ({ path, last }: { path: string; last: boolean }): number =>
    last ? paths.indexOf(path, paths.indexOf(path) + 1) : paths.indexOf(path)
  return all.toSorted((a, b) => placeOf(a) - placeOf(b)).map(({ text }) => text)
}

/**
 * Reads a part of an object, such as the metadata of a custom resource, by the field table.
 * @returns it, and the paths in it of fields that the type does not have.
 * @throws DecodeError or QuantityError with the words of Go's decoders.
 */
export function readPart(
  schema: StructSchema,
  json: unknown,
): { readonly value: Record<string, unknown>; readonly unknown: readonly string[] } {
  const reading = new Reading()
  return { value: reading.root(schema, json), unknown: reading.unknown }
}

/** One pass over one document; knows where it is for messages. */
class Reading {
  readonly unknown: string[] = []
  /** With indices and map keys, for unknown fields. */
  readonly #path: (string | number)[] = []
  /** Struct fields only, for Go's type errors. */
  readonly #fields: string[] = []

  root(schema: StructSchema, json: unknown): Record<string, unknown> {
    if (!isObject(json))
      throw new DecodeError(`json: cannot unmarshal ${goKind(json)} into Go value of type ${goType(schema)}`)
    return this.#struct(schema, json)
  }

  #struct(schema: StructSchema, json: Record<string, unknown>): Record<string, unknown> {
    return this.#fieldsOf(schema, json) ?? {}
  }

  /** undefined for a struct that vanishes with what is off. */
  #fieldsOf(schema: StructSchema, json: Record<string, unknown>): Record<string, unknown> | undefined {
    const result: Record<string, unknown> = {}
    let isOff = false
    for (const name of Object.keys(json)) {
      const value = json[name]
      if (value === null || value === undefined) {
        if (!schema.fields.has(name) && !isTypeMeta(schema, name)) this.#reportUnknown(name)
        continue
      }
      const field = schema.fields.get(name)
      if (!field) {
        if (isTypeMeta(schema, name)) result[name] = this.#typeMeta(schema, name, value)
        else this.#reportUnknown(name)
        continue
      }
      this.#path.push(name)
      this.#fields.push(name)
      const read = this.#value(field.schema, value, schema)
      this.#fields.pop()
      this.#path.pop()
      if (field.isOff) isOff = true
      else if (read !== undefined && !(field.dropsZero && isDropped(field, read))) result[name] = read
    }
    return isOff && schema.vanishes && Object.keys(result).length === 0 ? undefined : result
  }

  #typeMeta(schema: StructSchema, name: string, value: unknown): string {
    if (typeof value === 'string') return value
    this.#fields.push(name)
    throw this.#mismatch(value, 'string', schema)
  }

  #value(schema: FieldSchema, value: unknown, owner: StructSchema): unknown {
    switch (schema.kind) {
      case 'scalar': {
        const read = decodeScalar(schema, value)
        if (read === undefined) throw this.#mismatch(value, goType(schema), owner)
        return read
      }
      case 'struct':
        if (!isObject(value)) throw this.#mismatch(value, goType(schema), owner)
        return this.#fieldsOf(schema, value)
      case 'list':
        return this.#list(schema, value, owner)
      case 'map':
        return this.#map(schema, value, owner)
      case 'raw':
        return schema.union ? this.#union(value) : deepCopy(value)
    }
  }

  // Where something may be a schema and is one, it is read as one: it says no more than Go would write again.
  #union(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#union(item))
    return isObject(value) ? this.#struct(typeOf('apiextensions/v1.JSONSchemaProps'), value) : value
  }

  #list(schema: ListSchema, value: unknown, owner: StructSchema): unknown[] {
    if (!Array.isArray(value)) throw this.#mismatch(value, goType(schema), owner)
    const result: unknown[] = []
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      this.#path.push(index)
      result.push(item === null ? zeroOf(schema.element) : this.#value(schema.element, item, owner))
      this.#path.pop()
    }
    return result
  }

  #map(schema: MapSchema, value: unknown, owner: StructSchema): Record<string, unknown> {
    if (!isObject(value)) throw this.#mismatch(value, goType(schema), owner)
    const result: Record<string, unknown> = {}
    // Every map of quantities is a list of resources.
    const isResources = schema.element.kind === 'scalar' && schema.element.scalar === 'quantity'
    for (const key of Object.keys(value)) {
      const item = value[key]
      if (item === undefined) continue
      this.#path.push(key)
      const read = item === null ? zeroOf(schema.element) : this.#value(schema.element, item, owner)
      setOwn(result, key, isResources && typeof read === 'string' ? resourceQuantity(read) : read)
      this.#path.pop()
    }
    return result
  }

  #reportUnknown(name: string): void {
    if (this.unknown.length < MAX_STRICT_ERRORS) this.unknown.push(formatPath([...this.#path, name]))
  }

  /** Go names the innermost struct and the path of fields, without indices and map keys. */
  #mismatch(value: unknown, wanted: string, owner: StructSchema): DecodeError {
    const found =
      goKind(value) === 'number' && /^u?int/.test(wanted) ? `number ${String(value)}` : goKind(value)
    return new DecodeError(
      `json: cannot unmarshal ${found} into Go struct field ${shortName(owner)}.${this.#fields.join('.')} of type ${wanted}`,
    )
  }
}

/** `spec.containers[0].image` */
export function formatPath(parts: readonly (string | number)[]): string {
  let text = ''
  for (const part of parts) {
    if (typeof part === 'number') text += `[${part}]`
    else text += text === '' ? part : `.${part}`
  }
  return text
}

function isDropped(field: Field, value: unknown): boolean {
  switch (field.schema.kind) {
    case 'scalar':
      return isZero(field.schema, value)
    case 'list':
      return Array.isArray(value) && value.length === 0
    case 'map':
      for (const _ in value as object) return false
      return true
    default:
      return false
  }
}

function shortName(schema: StructSchema): string {
  return schema.name.slice(schema.name.indexOf('.') + 1)
}

/** The type as Go's error messages print it: `v1.PodSpec`, `[]v1.Container`, `map[string]string`. */
function goType(schema: FieldSchema): string {
  switch (schema.kind) {
    case 'scalar':
      return schema.goType
    case 'struct':
      return schema.name.slice(schema.name.indexOf('/') + 1)
    case 'list':
      return `[]${goType(schema.element)}`
    case 'map':
      return `map[string]${goType(schema.element)}`
    case 'raw':
      return 'runtime.RawExtension'
  }
}
