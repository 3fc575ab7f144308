// Owns how large values of a schema get, as the cost of rules is estimated by it.
// Source: apiserver pkg/cel/common/schemas.go, pkg/cel/{types,limits}.go.
import type { SizedType } from '../../cel/cost/size.ts'
import { spellingsOf } from './cel-values.ts'
import { isEmbedded, isIntOrString, valuesOf, type JsonSchema } from './json-schema.ts'

/** The largest request, which bounds what no schema does. */
const REQUEST = 3 * 1024 * 1024
const WITHOUT_QUOTES = REQUEST - 2

const scalar = (minSerializedSize: number): SizedType => ({
  kind: 'scalar',
  maxElements: 0,
  minSerializedSize,
})
const text = (maxElements: number): SizedType => ({ kind: 'string', maxElements, minSerializedSize: 2 })

/** Schemas of a definition are immutable, and each rule below one asks for the sizes in it. */
const known = new WeakMap<JsonSchema, SizedType | undefined>()

/** @param isRoot whole objects; undefined for what expressions cannot see. */
export function sizedTypeOf(schema: JsonSchema, isRoot = false): SizedType | undefined {
  if (isRoot) return objectOf(schema, true)
  if (known.has(schema)) return known.get(schema)
  const type = read(schema)
  known.set(schema, type)
  return type
}

function read(schema: JsonSchema): SizedType | undefined {
  if (isIntOrString(schema)) {
    const maxElements = schema.maxLength === undefined ? WITHOUT_QUOTES : atLeastZero(schema.maxLength) * 4
    return { kind: 'dyn', maxElements, minSerializedSize: 1 }
  }
  switch (schema.type) {
    case 'array':
      return listOf(schema)
    case 'object':
      return valuesOf(schema) ? mapOf(schema) : objectOf(schema, isEmbedded(schema))
    case 'string':
      return textOf(schema)
    case 'boolean':
      return scalar(4)
    case 'number':
    case 'integer':
      return scalar(1)
    default:
      return undefined
  }
}

function listOf({ items: below, maxItems }: JsonSchema): SizedType | undefined {
  const items = below && sizedTypeOf(below)
  if (!items) return undefined
  const maxElements =
    maxItems === undefined
      ? Math.floor(WITHOUT_QUOTES / (items.minSerializedSize + 1))
      : atLeastZero(maxItems)
  return { kind: 'list', maxElements, minSerializedSize: 2, items }
}

function mapOf(schema: JsonSchema): SizedType | undefined {
  const values = valuesOf(schema)
  const items = values && sizedTypeOf(values)
  if (!items) return undefined
  const maxElements =
    schema.maxProperties === undefined
      ? Math.floor(WITHOUT_QUOTES / (items.minSerializedSize + 6))
      : atLeastZero(schema.maxProperties)
  // Nothing bounds a key.
  return { kind: 'map', maxElements, minSerializedSize: 2, items, keys: text(0) }
}

function objectOf(schema: JsonSchema, hasMetadata: boolean): SizedType {
  const fields = new Map<string, SizedType>()
  let minSerializedSize = 2
  const add = (name: string, type: SizedType, isNeeded: boolean): void => {
    for (const spelling of spellingsOf(name)) fields.set(spelling, type)
    if (isNeeded) minSerializedSize += name.length + type.minSerializedSize + 4
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const type = sizedTypeOf(property)
    const isNeeded = (schema.required ?? []).includes(name) && property.default === undefined
    if (type) add(name, type, isNeeded)
  }
  if (hasMetadata) {
    const plain = text(WITHOUT_QUOTES)
    const names = new Map(['name', 'generateName'].map((name) => [name, plain]))
    const isNeeded = (name: string): boolean => (schema.required ?? []).includes(name) && !fields.has(name)
    for (const name of ['apiVersion', 'kind']) add(name, plain, isNeeded(name))
    add(
      'metadata',
      { kind: 'object', maxElements: 0, minSerializedSize: 2, fields: names },
      isNeeded('metadata'),
    )
  }
  return { kind: 'object', maxElements: 0, minSerializedSize, fields }
}

function textOf({ format, maxLength, enum: values = [] }: JsonSchema): SizedType {
  switch (format) {
    case 'byte':
      return {
        kind: 'bytes',
        maxElements: maxLength === undefined ? WITHOUT_QUOTES : atLeastZero(maxLength),
        minSerializedSize: 2,
      }
    case 'duration':
      return { kind: 'duration', maxElements: 32, minSerializedSize: 3 }
    case 'date':
      return { kind: 'timestamp', maxElements: 12, minSerializedSize: 12 }
    case 'date-time':
      return { kind: 'timestamp', maxElements: 32, minSerializedSize: 21 }
    default:
      // A length is in code points, of up to four bytes each.
      if (maxLength !== undefined) return text(atLeastZero(maxLength) * 4)
      if (values.length === 0) return text(WITHOUT_QUOTES)
      return text(
        Math.max(0, ...values.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0))),
      )
  }
}

function atLeastZero(value: number): number {
  return Math.max(value, 0)
}

/** How many values of this size fit into a request. */
export function mostOf({ minSerializedSize }: SizedType): number {
  return Math.floor(REQUEST / (minSerializedSize + 1))
}

/** How many values of the schemas right below there are to one of this at most; undefined without a bound. */
export function mostBelow(schema: JsonSchema): number | undefined {
  const bound = schema.type === 'array' ? schema.maxItems : valuesOf(schema) ? schema.maxProperties : 1
  return bound === undefined ? undefined : atLeastZero(bound)
}
