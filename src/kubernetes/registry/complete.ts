// Owns the parts that an object always has: what Go's API types hold by value is there even when nobody sent it.
import { isObject } from '../../base/json.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { typeOf, type StructSchema } from '../schema/fields.ts'

/** A copy with empty structs and lists where the type requires one; the rules of kinds rely on it. */
export function complete(kind: Kind, object: KubernetesObject): KubernetesObject {
  const schema = typeOf(kind.type)
  const whole = schema.fields.has('spec') ? { spec: {}, ...object } : object
  // Filling in changes nothing that makes it an object of its kind.
  return fill(schema, whole as unknown as Record<string, unknown>) as unknown as KubernetesObject
}

function fill(struct: StructSchema, value: Record<string, unknown>): Record<string, unknown> {
  const result = { ...value }
  for (const { name, schema, required } of struct.fields.values()) {
    const present = result[name]
    if (name === 'metadata' || (!required && name !== 'spec')) continue
    if (schema.kind === 'struct' && (required || isObject(present))) {
      result[name] = fill(schema, isObject(present) ? present : {})
    } else if (schema.kind === 'list' && present === undefined) result[name] = []
  }
  return result
}
