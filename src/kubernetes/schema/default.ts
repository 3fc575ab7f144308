// Owns defaulting: completing an object with what the API server fills in.
import { deepCopy, isObject, own, setOwn } from '../../base/json.ts'
import type { Fields } from './default-fill.ts'
import type { FieldSchema } from './fields.ts'
import type { ObjectSchema } from './object-schema.ts'
import { reachOf } from './reach.ts'

/** What tells the defaults of an object: its schema, and what its kind fills in beside that. */
export interface Defaulting {
  readonly schema: ObjectSchema
  defaults?(object: Fields): void
}

/**
 * A copy of a decoded object with the defaults of its kind filled in, those of Kubernetes' defaulting functions and
 * those of its schema (`+default` in the field table); what is there stays.
 * @param stored the version that the object comes from: parts that it has from there as they are have their defaults
 * already, and are shared instead of copied
 */
export function applyDefaults<T extends object>(kind: Defaulting, object: T, stored: object = {}): T {
  const copy = copyBeside(object, stored)
  // Same value, seen as the fields that it is made of.
  const fields = copy as Fields
  kind.defaults?.(fields)
  const { custom, struct } = kind.schema
  if (custom) custom.fillDefaults(fields)
  else fillDeclared(struct, copy)
  return copy
}

function copyBeside<T extends object>(object: T, stored: object): T {
  const known: Readonly<Record<string, unknown>> = { ...stored }
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue
    const isKnown = typeof value === 'object' && value === own(known, key)
    setOwn(copy, key, isKnown ? value : key === 'metadata' ? copyMetadata(value) : deepCopy(value))
  }
  // The same members, each as it was or copied.
  return copy as T
}

// The record of who wrote what has no defaults, and is the longest part of most objects.
function copyMetadata(metadata: unknown): unknown {
  if (!isObject(metadata)) return deepCopy(metadata)
  const { managedFields, ...rest } = metadata
  return { ...deepCopy(rest), ...(managedFields === undefined ? {} : { managedFields }) }
}

const defaultsOf = reachOf(({ defaulted }) => defaulted.length > 0)

/** `+default` markers, wherever the struct that has the field is there. */
function fillDeclared(schema: FieldSchema, value: unknown): void {
  if (schema.kind === 'list') {
    if (Array.isArray(value)) for (const item of value) fillDeclared(schema.element, item)
  } else if (schema.kind === 'map') {
    if (isObject(value)) for (const item of Object.values(value)) fillDeclared(schema.element, item)
  } else if (schema.kind === 'struct' && isObject(value)) {
    for (const { name, schema: below } of defaultsOf(schema).nested) {
      const part = value[name]
      if (part !== undefined) fillDeclared(below, part)
    }
    for (const field of schema.defaulted) {
      if (value[field.name] !== undefined) continue
      // A zero that Go would not write again is not filled in.
      if (field.default || !field.dropsZero) value[field.name] = field.default
    }
  }
}
