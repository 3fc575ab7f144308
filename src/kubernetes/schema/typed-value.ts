// Owns the three walks of structured merge over typed JSON: the fields of a value, merging, removing fields.
import { deepCopy, isObject, own, setOwn } from '../../base/json.ts'
import { FieldSet, itemElement, ListKeyError, pathText } from './field-set.ts'
import { settled, type FieldSchema, type ListSchema, type ScalarSchema } from './fields.ts'
import { formatGo } from './format-go.ts'

type Fields = Record<string, unknown>

/** What an applied configuration does not have in common with its type, in structured-merge-diff's words. */
export class TypedValueError extends Error {
  override readonly name = 'TypedValueError'
}

/**
 * The set of fields that a configuration states.
 * @throws TypedValueError `.spec.foo: field not declared in schema`, or for list items without their keys.
 * Source: structured-merge-diff typed/tofieldset.go, typed/validate.go.
 */
export function fieldsOf(
  schema: FieldSchema,
  value: unknown,
  options: {
    /** Stored objects may have duplicates, such as two variables of one name. */ allowDuplicates?: boolean
  } = {},
): FieldSet {
  const set = new FieldSet()
  collect(schema, value, { set, path: [], allowDuplicates: options.allowDuplicates === true })
  return set
}

interface Collecting {
  readonly set: FieldSet
  readonly path: string[]
  readonly allowDuplicates: boolean
}

function collect(given: FieldSchema, value: unknown, into: Collecting): void {
  const schema = settled(given, value)
  const { set, path } = into
  switch (schema.kind) {
    case 'scalar':
      requireScalar(schema, value, path)
      set.insert(path)
      return
    case 'raw':
      set.insert(path)
      return
    case 'struct':
    case 'map':
      if (value !== null && !isObject(value)) throw mismatch(path, `expected map, got &{${formatGo(value)}}`)
      if (schema.atomic) set.insert(path)
      else if (isObject(value)) collectMap(schema, value, into)
      return
    case 'list':
      if (value !== null && !Array.isArray(value)) {
        throw mismatch(path, `expected list, got &{${formatGo(value)}}`)
      }
      if (schema.list === 'atomic') set.insert(path)
      else if (Array.isArray(value)) collectList(schema, value, into)
  }
}

function mismatch(path: readonly string[], what: string): TypedValueError {
  return new TypedValueError(`${pathText(path)}: ${what}`)
}

// Named scalars (quantities, times, numbers or names) may be written in several ways: decoding reads them.
function requireScalar({ scalar }: ScalarSchema, value: unknown, path: readonly string[]): void {
  if (value === null) return
  const found = { string: 'string', boolean: 'bool', number: 'float64' }[typeof value as string]
  const goType = found ?? (Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}')
  if (scalar === 'string' && typeof value !== 'string') {
    throw mismatch(path, `expected string, got &value.valueUnstructured{Value:${formatGo(value)}}`)
  }
  if (scalar === 'bool' && typeof value !== 'boolean') throw mismatch(path, `expected boolean, got ${goType}`)
  if ((scalar === 'int32' || scalar === 'int64' || scalar === 'float64') && typeof value !== 'number') {
    throw mismatch(path, `expected numeric (int or float), got ${goType}`)
  }
}

function collectMap(schema: FieldSchema, value: Fields, into: Collecting): void {
  const { set, path } = into
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue
    const field = schema.kind === 'struct' ? schema.fields.get(name)?.schema : undefined
    const below = field ?? restOf(schema)
    if (!below) throw new TypedValueError(`${pathText([...path, `f:${name}`])}: field not declared in schema`)
    path.push(`f:${name}`)
    collect(below, item, into)
    const isEmpty = item === null || (isObject(item) && Object.keys(item).length === 0)
    if (isEmpty || !field) set.insert(path)
    path.pop()
  }
}

function collectList(schema: ListSchema, value: readonly unknown[], into: Collecting): void {
  const { set, path } = into
  const seen = new Set<string>()
  for (const [index, item] of value.entries()) {
    const element = elementAt(schema, item, { index, path })
    if (seen.has(element) && !into.allowDuplicates) {
      throw new TypedValueError(`${pathText(path)}: duplicate entries for key ${pathText([element])}`)
    }
    seen.add(element)
    path.push(element)
    collect(schema.element, item, into)
    set.insert(path)
    path.pop()
  }
}

function elementAt(
  schema: ListSchema,
  item: unknown,
  at: { index: number; path: readonly string[] },
): string {
  try {
    return itemElement(schema, item)
  } catch (error) {
    if (!(error instanceof ListKeyError)) throw error
    throw new TypedValueError(`${pathText(at.path)}: element ${at.index}: ${error.message}`)
  }
}

/** The schema of what no field of a struct names, or of any key of a map. */
function restOf(schema: FieldSchema): FieldSchema | undefined {
  if (schema.kind === 'struct') return schema.rest
  return schema.kind === 'map' ? schema.element : undefined
}

/**
 * `left` with what `right` states laid over it: structs and maps by key, keyed lists by item, everything else
 * replaced. Source: structured-merge-diff typed/merge.go.
 */
export function mergeTyped(given: FieldSchema | undefined, left: unknown, right: unknown): unknown {
  const schema = given && settled(given, left, right)
  if (right === undefined) return left
  if (left === undefined) return deepCopy(right)
  const isGranular =
    ((schema?.kind === 'struct' || schema?.kind === 'map') && !schema.atomic) ||
    (schema?.kind === 'list' && schema.list !== 'atomic')
  if (!schema || !isGranular) return deepCopy(right)
  // For what merges, null says nothing.
  if (right === null) return left
  if (schema.kind === 'list') {
    return Array.isArray(left) && Array.isArray(right) ? mergeLists(schema, left, right) : deepCopy(right)
  }
  if (!isObject(left) || !isObject(right)) return deepCopy(right)
  const result: Fields = { ...left }
  for (const [name, value] of Object.entries(right)) {
    const below = (schema.kind === 'struct' ? schema.fields.get(name)?.schema : undefined) ?? restOf(schema)
    setOwn(result, name, mergeTyped(below, own(left, name), value))
  }
  return result
}

/** The right-hand order holds; items of the left only stay before the shared item that they stood before. */
function mergeLists(schema: ListSchema, left: readonly unknown[], right: readonly unknown[]): unknown[] {
  const leftElements = left.map((item) => itemElement(schema, item))
  const rightElements = right.map((item) => itemElement(schema, item))
  const leftItems = new Map(leftElements.map((element, index) => [element, left[index]]))
  const wanted = new Set(rightElements)
  const shared = rightElements.filter((element) => leftItems.has(element))
  const merged = new Set<string>()
  const result: unknown[] = []
  let l = 0
  let r = 0
  const takeRight = (): void => {
    const element = rightElements[r] ?? ''
    merged.add(element)
    result.push(mergeTyped(schema.element, leftItems.get(element), right[r]))
    if (shared[0] === element) shared.shift()
    r++
  }
  while (l < left.length || r < right.length) {
    const element = leftElements[l]
    if (element !== undefined && r < right.length && element === rightElements[r]) {
      takeRight()
      l++
    } else if (element !== undefined && !wanted.has(element)) {
      result.push(left[l++])
    } else if (
      element !== undefined &&
      (merged.has(element) || (r < right.length && shared[0] !== element))
    ) {
      // A shared item whose turn is another: it comes where the right-hand order has it.
      l++
    } else {
      takeRight()
    }
  }
  return result
}

/**
 * `value` without the fields of `remove`. Source: structured-merge-diff typed/remove.go, except that a container
 * that loses its last item stays, empty: Go's null would take the `emptyDir` from a volume with its `sizeLimit`.
 */
export function removeFields(given: FieldSchema | undefined, value: unknown, remove: FieldSet): unknown {
  const schema = given && settled(given, value)
  if (schema?.kind === 'list') {
    if (!Array.isArray(value) || schema.list === 'atomic') return value
    const kept: unknown[] = []
    for (const item of value as unknown[]) {
      const element = itemElement(schema, item)
      if (remove.has(element)) continue
      const below = remove.below(element)
      kept.push(below ? removeFields(schema.element, item, below) : item)
    }
    return kept
  }
  if (!isObject(value)) return value
  if ((schema?.kind !== 'struct' && schema?.kind !== 'map') || schema.atomic) return value
  const kept: Fields = {}
  for (const [name, item] of Object.entries(value)) {
    const element = `f:${name}`
    if (remove.has(element)) continue
    const below = remove.below(element)
    const field = (schema.kind === 'struct' ? schema.fields.get(name)?.schema : undefined) ?? restOf(schema)
    setOwn(kept, name, below ? removeFields(field, item, below) : item)
  }
  return kept
}
