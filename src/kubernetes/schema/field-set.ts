// Owns sets of fields of an object, as managedFields stores them (FieldsV1).
import { InternalError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import type { FieldSchema, ListSchema, StructSchema } from './fields.ts'

interface Node {
  /** The path itself is in the set, whatever is below it. */
  member: boolean
  below: FieldSet | undefined
}

/**
 * A set of paths. Path elements are spelt as in FieldsV1: `f:<field>`, `k:<keys as JSON>`, `v:<value as JSON>`.
 * `insert` is for building a set; the operations return new sets that share parts with their operands.
 * Source: structured-merge-diff fieldpath/set.go, fieldpath/serialize.go.
 */
export class FieldSet {
  readonly #nodes = new Map<string, Node>()

  /** Reads `{"f:spec": {"f:replicas": {}}}`; anything that is not of that form reads as nothing. */
  static fromFieldsV1(json: unknown): FieldSet {
    const set = new FieldSet()
    if (!isObject(json)) return set
    for (const [element, below] of Object.entries(json)) {
      if (element === '.' || !isObject(below)) continue
      const keys = Object.keys(below)
      const isLeaf = keys.length === 0
      set.#nodes.set(element, {
        member: isLeaf || '.' in below,
        below: isLeaf || (keys.length === 1 && '.' in below) ? undefined : FieldSet.fromFieldsV1(below),
      })
    }
    return set
  }

  toFieldsV1(): Record<string, unknown> {
    const json: Record<string, unknown> = {}
    for (const element of this.#sorted()) {
      const node = this.#nodes.get(element)
      const below = node?.below?.toFieldsV1() ?? {}
      json[element] = node?.member && node.below ? { '.': {}, ...below } : below
    }
    return json
  }

  get isEmpty(): boolean {
    return this.#nodes.size === 0
  }

  /** Adds a path; its parts up to `length` count. */
  insert(path: readonly string[], from = 0): void {
    const element = path[from]
    if (element === undefined) return
    let node = this.#nodes.get(element)
    if (!node) this.#nodes.set(element, (node = { member: false, below: undefined }))
    if (from === path.length - 1) node.member = true
    else (node.below ??= new FieldSet()).insert(path, from + 1)
  }

  /** Adds a path with all that is below it; the set has nothing there yet. */
  insertWhole(path: readonly string[], below: FieldSet | undefined, from = 0): void {
    const element = path[from]
    if (element === undefined) return
    if (from === path.length - 1) return this.add(element, below)
    let node = this.#nodes.get(element)
    if (!node) this.#nodes.set(element, (node = { member: false, below: undefined }))
    ;(node.below ??= new FieldSet()).insertWhole(path, below, from + 1)
  }

  /** Adds an element that the set does not have yet, with what is below it. */
  add(element: string, below: FieldSet | undefined): void {
    this.#nodes.set(element, { member: true, below })
  }

  /** The same for sets of the same paths that were made in the same order; others have another. */
  get key(): string {
    let key = ''
    for (const [element, { member, below }] of this.#nodes) {
      // With its length: elements hold what somebody else has written.
      key += `${element.length}${member ? '!' : ':'}${element}`
      if (below) key += `{${below.key}}`
    }
    return key
  }

  /** True when the one-element path is in the set. */
  has(element: string): boolean {
    return this.#nodes.get(element)?.member === true
  }

  /** What the set has below an element; undefined for nothing. */
  below(element: string): FieldSet | undefined {
    return this.#nodes.get(element)?.below
  }

  union(other: FieldSet): FieldSet {
    return this.#combine(other, (a, b) => a || b, { keepsMine: true, keepsTheirs: true })
  }

  difference(other: FieldSet): FieldSet {
    return this.#combine(other, (a, b) => a && !b, { keepsMine: true, keepsTheirs: false })
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combine(other, (a, b) => a && b, { keepsMine: false, keepsTheirs: false })
  }

  /** All paths, parents before children. */
  *paths(prefix: readonly string[] = []): Generator<readonly string[]> {
    for (const element of this.#sorted()) {
      const path = [...prefix, element]
      const node = this.#nodes.get(element)
      if (node?.member) yield path
      if (node?.below) yield* node.below.paths(path)
    }
  }

  /**
   * The set with every declared field on the way to a member as a member too.
   * Source: fieldpath.Set.EnsureNamedFieldsAreMembers.
   */
  withNamedFields(schema: FieldSchema | undefined): FieldSet {
    const result = new FieldSet()
    for (const [element, node] of this.#nodes) {
      const isField =
        schema?.kind === 'struct' && element.startsWith('f:') && schema.fields.has(element.slice(2))
      result.#nodes.set(element, {
        member: node.member || (isField && node.below !== undefined),
        below: node.below?.withNamedFields(schemaBelow(schema, element)),
      })
    }
    return result
  }

  #sorted(): Iterable<string> {
    const elements = this.#nodes.keys()
    return this.#nodes.size === 1 ? elements : [...elements].sort(compareElements)
  }

  #combine(
    other: FieldSet,
    member: (mine: boolean, theirs: boolean) => boolean,
    keeps: { readonly keepsMine: boolean; readonly keepsTheirs: boolean },
  ): FieldSet {
    const result = new FieldSet()
    for (const [element, mine] of this.#nodes) {
      const theirs = other.#nodes.get(element)
      if (!theirs) {
        if (keeps.keepsMine) result.#nodes.set(element, mine)
        continue
      }
      const below =
        mine.below && theirs.below
          ? mine.below.#combine(theirs.below, member, keeps)
          : ((keeps.keepsMine ? mine.below : undefined) ?? (keeps.keepsTheirs ? theirs.below : undefined))
      const node = { member: member(mine.member, theirs.member), below: below?.isEmpty ? undefined : below }
      if (node.member || node.below) result.#nodes.set(element, node)
    }
    if (keeps.keepsTheirs) {
      for (const [element, theirs] of other.#nodes) {
        if (!this.#nodes.has(element)) result.#nodes.set(element, theirs)
      }
    }
    return result
  }
}

/** The schema of what a path element leads to; undefined where the table ends. */
export function schemaBelow(schema: FieldSchema | undefined, element: string): FieldSchema | undefined {
  switch (schema?.kind) {
    case 'struct':
      return schema.fields.get(element.slice(2))?.schema ?? schema.rest
    case 'map':
    case 'list':
      return schema.element
    case 'raw':
      return schema.raw === 'deduced' ? schema : undefined
    default:
      return undefined
  }
}

/** A list whose elements cannot be told apart as the schema asks for. */
export class ListKeyError extends Error {
  override readonly name = 'ListKeyError'
}

/**
 * The path element of an item of a `set` or `map` list: `v:"x"`, `k:{"name":"x"}` with the keys sorted and
 * absent ones defaulted.
 * @throws ListKeyError when the item has no such key.
 * Source: structured-merge-diff typed/helpers.go (listItemToPathElement).
 */
export function itemElement(schema: ListSchema, item: unknown): string {
  if (schema.list === 'set') {
    if (typeof item === 'object')
      throw new ListKeyError("associative list without keys has an element that's a map type")
    return `v:${JSON.stringify(item)}`
  }
  if (!isObject(item)) throw new ListKeyError('associative list with keys may not have non-map elements')
  return `k:${JSON.stringify(itemKeys(schema, schema.element, item))}`
}

function itemKeys(
  schema: ListSchema,
  element: FieldSchema,
  item: Record<string, unknown>,
): Record<string, unknown> {
  const keys: Record<string, unknown> = {}
  for (const key of schema.keys.length > 1 ? schema.keys.toSorted() : schema.keys) {
    const value = item[key] ?? keyDefault(element, key)
    if (value === undefined) {
      throw new ListKeyError(
        `associative list with keys has an element that omits key field ${JSON.stringify(key)} (and doesn't have default value)`,
      )
    }
    keys[key] = value
  }
  return keys
}

function keyDefault(element: FieldSchema, key: string): unknown {
  if (element.kind !== 'struct') throw new InternalError('a list with keys has structs in it')
  return (element satisfies StructSchema).fields.get(key)?.default
}

/** `.spec.containers[name="nginx"].image`, as conflicts print paths (fieldpath.Path.String). */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('')
}

function elementText(element: string): string {
  const text = element.slice(2)
  if (element.startsWith('f:')) return `.${text}`
  if (element.startsWith('v:')) return `[=${text}]`
  if (element.startsWith('i:')) return `[${text}]`
  const keys = JSON.parse(text) as Record<string, unknown>
  const parts = Object.entries(keys).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `[${parts.join(',')}]`
}

const ELEMENT_ORDER = 'fkvi'

function compareElements(a: string, b: string): number {
  if (a.charCodeAt(0) !== b.charCodeAt(0)) {
    return ELEMENT_ORDER.indexOf(a.charAt(0)) - ELEMENT_ORDER.indexOf(b.charAt(0))
  }
  return a < b ? -1 : a > b ? 1 : 0
}
