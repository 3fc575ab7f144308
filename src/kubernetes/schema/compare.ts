// Owns comparing two versions of an object field by field: what was added, changed and removed.
import { deepEqual, isObject, own } from '../../base/json.ts'
import { FieldSet, itemElement } from './field-set.ts'
import { settled, type Field, type FieldSchema, type ListSchema, type StructSchema } from './fields.ts'

export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** True when nothing differs. */
export function isSame(comparison: Comparison): boolean {
  return comparison.added.isEmpty && comparison.modified.isEmpty && comparison.removed.isEmpty
}

/**
 * Compares two values of one type. A container that is new or gone counts itself, beside what is in it,
 * unless Go always has it (structs held by value). Source: structured-merge-diff typed/compare.go.
 */
export function compareTyped(schema: StructSchema, before: object, after: object): Comparison {
  const walk = new Walk()
  walk.compare(schema, before, after)
  return walk.comparison
}

class Walk {
  readonly comparison: Comparison = {
    added: new FieldSet(),
    modified: new FieldSet(),
    removed: new FieldSet(),
  }
  readonly #path: string[] = []

  compare(given: FieldSchema, before: unknown, after: unknown): void {
    if (before === after) return
    if (before === undefined) {
      this.comparison.added.insertWhole(this.#path, fieldsBelow(given, after))
      return
    }
    const schema = settled(given, before, after)
    if (isLeaf(schema, before, after)) {
      this.#leaf(before, after)
      return
    }
    if (schema.kind === 'list') this.#items(schema, before, after)
    else this.#entries(schema, before, after)
    if (after === undefined) this.comparison.removed.insert(this.#path)
  }

  #leaf(before: unknown, after: unknown): void {
    if (after === undefined) this.comparison.removed.insert(this.#path)
    else if (!deepEqual(before, after)) this.comparison.modified.insert(this.#path)
  }

  #entries(schema: FieldSchema, before: unknown, after: unknown): void {
    const old = isObject(before) ? before : {}
    const now = isObject(after) ? after : {}
    for (const name in now) this.#entry(schema, name, { before, after, old, now })
    for (const name in old)
      if (own(now, name) === undefined) this.#entry(schema, name, { before, after, old, now })
  }

  #entry(schema: FieldSchema, name: string, sides: Sides): void {
    const { old, now } = sides
    let was = own(old, name)
    let is = own(now, name)
    if (was === is) return
    const below = schemaOfEntry(schema, name)
    if (!below) return
    const field = schema.kind === 'struct' ? schema.fields.get(name) : undefined
    if (field?.alwaysThere) {
      if (was === undefined && sides.before !== undefined) was = emptyOf(field)
      if (is === undefined && sides.after !== undefined) is = emptyOf(field)
    }
    this.#path.push(`f:${name}`)
    this.compare(below, was, is)
    this.#path.pop()
  }

  #items(schema: ListSchema, before: unknown, after: unknown): void {
    const old = index(schema, before)
    const now = index(schema, after)
    for (const [element, item] of now) this.#item(schema, element, [old.get(element), item])
    for (const [element, item] of old) if (!now.has(element)) this.#item(schema, element, [item, undefined])
  }

  #item(schema: ListSchema, element: string, [was, is]: readonly [unknown, unknown]): void {
    this.#path.push(element)
    this.compare(schema.element, was, is)
    this.#path.pop()
  }
}

/** All that something new has below itself, as comparing it with nothing finds it; undefined for a leaf. */
function fieldsBelow(given: FieldSchema, value: unknown): FieldSet | undefined {
  const schema = settled(given, value)
  if (isLeaf(schema, undefined, value)) return undefined
  const set = new FieldSet()
  if (schema.kind === 'list') {
    for (const [element, item] of index(schema, value)) set.add(element, fieldsBelow(schema.element, item))
  } else if (isObject(value)) {
    for (const name in value) {
      const item = own(value, name)
      const below = item === undefined ? undefined : schemaOfEntry(schema, name)
      if (below) set.add(`f:${name}`, fieldsBelow(below, item))
    }
  }
  return set.isEmpty ? undefined : set
}

function schemaOfEntry(schema: FieldSchema, name: string): FieldSchema | undefined {
  if (schema.kind === 'struct') return schema.fields.get(name)?.schema ?? schema.rest
  return schema.kind === 'map' ? schema.element : undefined
}

interface Sides {
  readonly before: unknown
  readonly after: unknown
  readonly old: Record<string, unknown>
  readonly now: Record<string, unknown>
}

/** What Go has where the JSON says nothing; undefined for scalars, whose zero value is written out anyway. */
function emptyOf(field: Field): unknown {
  if (field.schema.kind === 'struct') return {}
  return field.schema.kind === 'list' || field.schema.kind === 'map' ? null : undefined
}

function isLeaf(schema: FieldSchema, before: unknown, after: unknown): boolean {
  switch (schema.kind) {
    case 'scalar':
    case 'raw':
      return true
    case 'list':
      return schema.list === 'atomic' || (isEmptyList(before) && isEmptyList(after))
    default:
      return schema.atomic || (isEmptyMap(before) && isEmptyMap(after))
  }
}

function isEmptyList(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0
}

function isEmptyMap(value: unknown): boolean {
  if (!isObject(value)) return true
  for (const name in value) if (value[name] !== undefined) return false
  return true
}

/** Items by path element; the first of duplicates, which stored objects have only where validation is lax. */
function index(schema: ListSchema, value: unknown): Map<string, unknown> {
  const items = new Map<string, unknown>()
  if (!Array.isArray(value)) return items
  for (const item of value as unknown[]) {
    const element = itemElement(schema, item)
    if (!items.has(element)) items.set(element, item)
  }
  return items
}
