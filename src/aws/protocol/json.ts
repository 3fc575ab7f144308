// Owns JSON bodies: values as handlers see them to and from what rest-json and JSON 1.1 carry.
import { isObject } from '../../base/json.ts'
import type { Member, Schema, Shape, ShapeRef } from './schema.ts'
import { join, mistyped, parseTimestamp, ViolationError } from './values.ts'

/** The name of a member in a JSON body. */
export function jsonName(member: Member): string {
  return member.traits.jsonName ?? member.name
}

/** Reads a value out of parsed JSON. @throws ViolationError when it has members the schema doesn't know or types differ. */
export function fromJson(schema: Schema, ref: ShapeRef, value: unknown, path = ''): unknown {
  const shape = schema.shape(ref)
  if (shape.kind === 'simple') return simpleFromJson(shape, value, path)
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) throw mistyped(path, 'list', value)
    return value.map((item: unknown, index) =>
      fromJson(schema, shape.item.ref, item, `${path}.${index + 1}.member`),
    )
  }
  if (!isObject(value)) throw mistyped(path, shape.kind, value)
  if (shape.kind === 'map') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        fromJson(schema, shape.value.ref, item, join(path, key)),
      ]),
    )
  }
  return structureFromJson(schema, shape, { value, path })
}

function structureFromJson(
  schema: Schema,
  shape: Extract<Shape, { kind: 'structure' }>,
  { value, path }: { value: Record<string, unknown>; path: string },
): Record<string, unknown> {
  const members = new Map(shape.members.map((member) => [jsonName(member), member]))
  const result: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const member = members.get(key)
    // JSON clients write absent members as null.
    if (item === null || item === undefined || key === '__type') continue
    if (!member) throw new ViolationError({ kind: 'unknown', path: join(path, key) })
    result[member.name] = fromJson(schema, member.ref, item, join(path, key))
  }
  return result
}

function simpleFromJson(shape: Extract<Shape, { kind: 'simple' }>, value: unknown, path: string): unknown {
  if (shape.type === 'document') return value
  if (shape.type === 'timestamp') return parseTimestamp(value, path)
  if (shape.type === 'blob') {
    if (typeof value !== 'string') throw mistyped(path, 'blob', value)
    return Buffer.from(value, 'base64')
  }
  if (typeof value !== shape.type) throw mistyped(path, shape.type, value)
  return value
}

/** Writes a value as JSON data; what the schema doesn't know is left out. Timestamps are epoch seconds. */
export function toJson(schema: Schema, ref: ShapeRef, value: unknown): unknown {
  const shape = schema.shape(ref)
  if (shape.kind === 'list') {
    return (value as readonly unknown[]).map((item) => toJson(schema, shape.item.ref, item))
  }
  if (shape.kind === 'map') {
    return Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => [key, toJson(schema, shape.value.ref, item)]),
    )
  }
  if (shape.kind === 'structure') {
    const source = value as Record<string, unknown>
    return Object.fromEntries(
      shape.members.flatMap((member) => {
        const item = source[member.name]
        return item === undefined || item === null
          ? []
          : [[jsonName(member), toJson(schema, member.ref, item)]]
      }),
    )
  }
  if (shape.type === 'timestamp') return epochSeconds(value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return value
}

// Records that live in the store carry moments as text; both forms are written alike.
function epochSeconds(value: unknown): number {
  return (value instanceof Date ? value : new Date(value as string | number)).getTime() / 1000
}
