// Owns which parts of a type a walk over its values has to look into.
import type { Field, FieldSchema, StructSchema } from './fields.ts'

/** What a walk looks at in the values of one struct. */
export interface Reach {
  /** True when the walk has something to do in a value itself, or may have in what is below it. */
  readonly isReached: boolean
  /** Fields with something to do below them. */
  readonly nested: readonly Field[]
}

/**
 * For a walk that has something to do in some structs only: tells of each struct where those may be. Most of a Kubernetes
 * object is none of a given walk's business, and types don't change: each is looked at once.
 * @param isWanted whether the walk has something to do in values of a struct
 */
export function reachOf(isWanted: (struct: StructSchema) => boolean): (struct: StructSchema) => Reach {
  const known = new WeakMap<StructSchema, Reach>()
  // A type that contains itself is looked into: that costs time, and changes nothing.
  const reaches = (schema: FieldSchema): boolean => {
    if (schema.kind === 'list' || schema.kind === 'map') return reaches(schema.element)
    return schema.kind === 'struct' && reach(schema).isReached
  }
  const reach = (struct: StructSchema): Reach => {
    const found = known.get(struct)
    if (found) return found
    known.set(struct, { isReached: true, nested: [...struct.fields.values()] })
    const nested = [...struct.fields.values()].filter(({ schema }) => reaches(schema))
    const made = { isReached: nested.length > 0 || isWanted(struct), nested }
    known.set(struct, made)
    return made
  }
  return reach
}
