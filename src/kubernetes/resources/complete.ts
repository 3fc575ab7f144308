// Owns the parts that an object always has: what Go's API types hold by value is there even when nobody sent it.
import { isObject, setOwn } from '../../base/json.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from './kind.ts'
import { type Field, type FieldSchema, type StructSchema } from '../schema/fields.ts'
import { isEmbedded } from '../schema/go-facts.ts'
import { reachOf } from '../schema/reach.ts'
import { zeroOf } from '../schema/scalar.ts'

/**
 * The object with everything that its type requires, as Go would have read it: empty structs and lists, and the zero
 * value of required scalars, wherever the struct that has them is there. The rules of kinds rely on it.
 */
export function complete(kind: Kind, object: KubernetesObject): KubernetesObject {
  const { struct: schema, custom } = kind.schema
  // Custom resources have no parts that nobody sent.
  if (custom) return object
  const whole = schema.fields.has('spec') ? { spec: {}, ...object } : object
  // Filling in changes nothing that makes it an object of its kind.
  return fillStruct(schema, whole as unknown as Record<string, unknown>) as unknown as KubernetesObject
}

/** A copy with what is missing, or the value itself when nothing is. */
function fill(schema: FieldSchema, value: unknown): unknown {
  switch (schema.kind) {
    case 'struct':
      return isObject(value) ? fillStruct(schema, value) : value
    case 'list':
      return Array.isArray(value) ? fillList(schema.element, value) : value
    case 'map':
      return isObject(value) ? fillMap(schema.element, value) : value
    default:
      return value
  }
}

function fillList(element: FieldSchema, list: readonly unknown[]): readonly unknown[] {
  const filled = list.map((item) => fill(element, item))
  return filled.every((item, index) => item === list[index]) ? list : filled
}

function fillMap(element: FieldSchema, map: Record<string, unknown>): Record<string, unknown> {
  const filled: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(map)) setOwn(filled, key, fill(element, item))
  return filled
}

const required = new WeakMap<StructSchema, readonly Field[]>()

/** Fields of a struct that are there even when nobody sent them. */
function requiredOf(struct: StructSchema): readonly Field[] {
  let fields = required.get(struct)
  if (!fields) {
    fields = [...struct.fields.values()].filter((field) => isNeverAbsent(struct, field))
    required.set(struct, fields)
  }
  return fields
}

const needs = reachOf((struct) => requiredOf(struct).length > 0)

function fillStruct(struct: StructSchema, value: Record<string, unknown>): Record<string, unknown> {
  let result = value
  const set = (name: string, item: unknown): void => {
    if (result === value) result = { ...value }
    result[name] = item
  }
  for (const { name, schema } of needs(struct).nested) {
    const present = value[name]
    if (present === undefined) continue
    const filled = fill(schema, present)
    if (filled !== present) set(name, filled)
  }
  for (const { name, schema } of requiredOf(struct)) {
    if (value[name] === undefined) set(name, emptyOf(schema))
  }
  return result
}

function isNeverAbsent(struct: StructSchema, { name, schema, required: isRequired }: Field): boolean {
  // Metadata is completed by rules of its own.
  if (!isRequired || name === 'metadata') return false
  // A struct behind a pointer is missing when it is missing.
  if (schema.kind === 'struct') return isEmbedded(struct.name, name)
  if (schema.kind === 'list') return true
  // Go writes a moment that never was as null: as good as nothing.
  return schema.kind === 'scalar' && schema.scalar !== 'time' && schema.scalar !== 'microTime'
}

function emptyOf(schema: FieldSchema): unknown {
  return schema.kind === 'struct' ? fillStruct(schema, {}) : zeroOf(schema)
}
