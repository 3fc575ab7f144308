// Owns the parts that an object always has: what Go's API types hold by value is there even when nobody sent it.
import { isObject, setOwn } from '../../base/json.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from './kind.ts'
import { type Field, type FieldSchema, type StructSchema } from '../schema/fields.ts'
import { isEmbedded } from '../schema/go-facts.ts'
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
      return Array.isArray(value) && isNested(schema.element) ? fillList(schema.element, value) : value
    case 'map':
      return isObject(value) && isNested(schema.element) ? fillMap(schema.element, value) : value
    default:
      return value
  }
}

function isNested(schema: FieldSchema): boolean {
  return schema.kind !== 'scalar' && schema.kind !== 'raw'
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

function fillStruct(struct: StructSchema, value: Record<string, unknown>): Record<string, unknown> {
  let result = value
  for (const field of struct.fields.values()) {
    const present = value[field.name]
    const filled = present === undefined ? emptyOf(struct, field) : fill(field.schema, present)
    if (filled === present) continue
    if (result === value) result = { ...value }
    result[field.name] = filled
  }
  return result
}

function emptyOf(struct: StructSchema, { name, schema, required }: Field): unknown {
  // Metadata is completed by rules of its own.
  if (!required || name === 'metadata') return undefined
  // A struct behind a pointer is missing when it is missing.
  if (schema.kind === 'struct') return isEmbedded(struct.name, name) ? fillStruct(schema, {}) : undefined
  if (schema.kind === 'list') return []
  // Go writes a moment that never was as null: as good as nothing.
  if (schema.kind !== 'scalar' || schema.scalar === 'time' || schema.scalar === 'microTime') return undefined
  return zeroOf(schema)
}
