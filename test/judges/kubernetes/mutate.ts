// Owns what an object becomes when one place of it is made wrong, or only other, by the type of that place.
import { isObject } from '../../../src/base/json.ts'
import type { FieldSchema, ScalarKind, StructSchema } from '../../../src/kubernetes/schema/fields.ts'

type Step = string | number
/** One place of an object, and what stands there instead; `undefined` for nothing. */
export interface Mutant {
  readonly path: readonly Step[]
  readonly value: unknown
}

const LONG = 'x'.repeat(300)

const SCALARS: Readonly<Record<ScalarKind, readonly unknown[]>> = {
  string: ['', 'x', 'Bad Name!', LONG, 'a/b', '../x', '10.0.0.1', 5],
  bool: [true, false, 'true'],
  int32: [-1, 0, 1, 70_000, 2_147_483_648, 1.5, '1'],
  int64: [-1, 0, 1, 70_000, 2_147_483_648, 1.5, '1'],
  float64: [-1, 0, 1.5],
  bytes: ['eA==', 'not base64!', ''],
  quantity: ['-1', '0', '1', '1500m', 'x', 1],
  intOrString: [-1, 0, 1, 70_000, '', 'x', '50%', '200%', '-5%', 'Bad Name!'],
  time: ['2026-01-01T00:00:00Z', 'x', ''],
  microTime: ['2026-01-01T00:00:00.000000Z', 'x'],
  duration: ['5s', 'x'],
}

const KEYS = ['', 'a', 'Bad Key!', 'a/b/c', LONG, 'kubernetes.io/x']

/** Fields that servers keep themselves, and what is the same in every kind and is tried by ConfigMaps alone. */
const APART = new Set(['apiVersion', 'kind', 'metadata', 'status'])

export interface Reach {
  /** How deep structures are made where there are none. */
  readonly depth: number
  /** Where less is tried: what is the same as in another kind. */
  readonly shared?: (path: readonly Step[]) => boolean
}

/**
 * Every place of an object changed, one at a time.
 * @param under `spec` and what else there is where absent; `status` or `metadata` alone
 */
export function mutantsOf(
  object: Readonly<Record<string, unknown>>,
  struct: StructSchema,
  { under, ...reach }: Reach & { readonly under?: string },
): readonly Mutant[] {
  const found: Mutant[] = []
  for (const [name, field] of struct.fields) {
    if (under === undefined ? APART.has(name) : name !== under) continue
    found.push(...ofField(object[name], field.schema, [name], reach))
  }
  if (under === undefined) found.push({ path: ['zz'], value: 1 })
  const seen = new Set<string>()
  return found.filter((mutant) => {
    const key = JSON.stringify([mutant.path, mutant.value])
    return seen.has(key) ? false : (seen.add(key), true)
  })
}

function ofField(value: unknown, schema: FieldSchema, path: readonly Step[], reach: Reach): Mutant[] {
  const isShared = reach.shared?.(path) ?? false
  const others = valuesOf(schema, value, isShared ? 0 : reach.depth).filter(
    (other) => JSON.stringify(other) !== JSON.stringify(value),
  )
  const here = others.map((other) => ({ path, value: other }))
  if (value === undefined) return here
  const within = isShared ? [] : below(value, schema, path, reach)
  // Go reads null as nothing, but for items of lists.
  return [{ path, value: undefined }, ...here, ...within]
}

/** Mutants of what stands in a place. */
function below(value: unknown, schema: FieldSchema, path: readonly Step[], reach: Reach): Mutant[] {
  if (schema.kind === 'struct' && isObject(value)) {
    const fields = [...schema.fields].flatMap(([name, field]) =>
      ofField(value[name], field.schema, [...path, name], reach),
    )
    return [...fields, { path: [...path, 'zz'], value: 1 }]
  }
  if (schema.kind === 'list' && Array.isArray(value)) {
    return value.flatMap((item, index) => {
      // What the others don't have has been tried with the first.
      const within = index === 0 ? reach : { ...reach, depth: 0 }
      return ofField(item, schema.element, [...path, index], within)
    })
  }
  if (schema.kind === 'map' && isObject(value)) {
    return Object.keys(value).flatMap((key) => ofField(value[key], schema.element, [...path, key], reach))
  }
  return []
}

/** Values that a place may be given, right and wrong ones. */
function valuesOf(schema: FieldSchema, value: unknown, depth: number): readonly unknown[] {
  switch (schema.kind) {
    case 'scalar':
      return [...(schema.values ?? []), ...SCALARS[schema.scalar]]
    case 'list':
      return listsOf(schema.element, value, depth)
    case 'map':
      return mapsOf(schema.element, value, depth)
    case 'struct':
      return value === undefined ? structsOf(schema, depth) : [{}]
    case 'raw':
      return [{}, { a: 1 }, [], 'x', 5]
  }
}

function listsOf(element: FieldSchema, value: unknown, depth: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) {
    return [[], [null], ...valuesOf(element, undefined, depth).map((item) => [item])]
  }
  const first: unknown = value[0]
  return [[], [...value, first], [...value, null], [...value, ...(isObject(first) ? [{}] : [''])]]
}

function mapsOf(element: FieldSchema, value: unknown, depth: number): readonly unknown[] {
  const values = valuesOf(element, undefined, depth)
  const there = isObject(value) ? value : {}
  return [
    {},
    ...KEYS.map((key) => ({ ...there, [key]: values[1] })),
    ...values.map((item) => ({ ...there, a: item })),
  ]
}

/** A structure with nothing in it, and with one field each. */
function structsOf(schema: StructSchema, depth: number): readonly unknown[] {
  // Schemas are made of schemas.
  if (depth === 0 || schema.name === 'apiextensions/v1.JSONSchemaProps') return [{}]
  const fields = [...schema.fields].flatMap(([name, field]) =>
    valuesOf(field.schema, undefined, depth - 1).map((item) => ({ [name]: item })),
  )
  return [{}, ...fields]
}

/** The object with the mutant in it; what is left alone is shared. */
export function mutated(object: unknown, { path, value }: Mutant): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (Array.isArray(object)) {
    const items = [...(object as readonly unknown[])]
    const at = Number(step)
    if (rest.length === 0 && value === undefined) return items.toSpliced(at, 1)
    return items.with(at, mutated(items[at], { path: rest, value }))
  }
  const fields = isObject(object) ? object : {}
  if (rest.length === 0 && value === undefined) {
    return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== step))
  }
  return { ...fields, [step]: mutated(fields[step], { path: rest, value }) }
}
