// Owns strategic merge patches: lists merge by the keys that the field table names, `$` directives steer.
import { InternalError, StatusError } from '../../base/errors.ts'
import { deepCopy, deepEqual, isObject, own, setOwn } from '../../base/json.ts'
import type { Field, FieldSchema } from './fields.ts'
import { formatGo, goKind } from './format-go.ts'
import { schemaOf, type SchemaRef } from './object-schema.ts'
import { indexInList, orderMerged, type ListKey } from './strategic-order.ts'

type Fields = Record<string, unknown>

const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const DELETE_FROM_PRIMITIVES = '$deleteFromPrimitiveList/'
const SET_ELEMENT_ORDER = '$setElementOrder/'

/**
 * A copy of `current`, an object of a type or schema, with a strategic merge patch applied. The result still has to be
 * decoded: the patch may have brought anything.
 * @throws StatusError BadRequest for a malformed patch.
 * Source: apimachinery pkg/util/strategicpatch/patch.go (StrategicMergeMapPatch).
 */
export function applyStrategicMergePatch(ref: SchemaRef, current: object, patch: unknown): unknown {
  if (!isObject(patch)) {
    throw badRequest(`json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`)
  }
  return mergeMap({ ...deepCopy(current) }, deepCopy(patch), schemaOf(ref).struct)
}

function badRequest(message: string): StatusError {
  return new StatusError('BadRequest', message)
}

/** A patch that cannot be merged. The words are those of the API server, which sends them with status 500. */
function failed(message: string): StatusError {
  return new StatusError('Unknown', message)
}

/** Merges into `original` and returns it; both arguments are consumed. */
function mergeMap(original: Fields, patch: Fields, schema: FieldSchema | undefined): Fields {
  if (DIRECTIVE in patch) {
    const directive = patch[DIRECTIVE]
    delete patch[DIRECTIVE]
    if (directive === 'replace') return patch
    if (directive === 'delete') return {}
    throw failed(
      `unknown patch type: ${formatGo(directive)} in map: ${formatGo({ ...patch, [DIRECTIVE]: directive })}`,
    )
  }
  retainKeys(original, patch)
  mergeOrderedLists(original, patch, schema)
  for (const [key, value] of Object.entries(patch)) {
    const isDeletion = key.startsWith(DELETE_FROM_PRIMITIVES)
    const name = isDeletion ? key.slice(DELETE_FROM_PRIMITIVES.length) : key
    if (value === null) {
      delete original[name]
    } else if (!Object.hasOwn(original, name)) {
      // A map that says how to merge has nothing to merge with, and comes to nothing.
      if (!isDeletion && !isDirected(value)) setOwn(original, name, withoutDirectives(value))
    } else {
      const field = lookUp(schema, name)
      setOwn(original, name, mergeValue(own(original, name), value, { field, isDeletion }))
    }
  }
  return original
}

interface MergeContext {
  readonly field: Pick<Field, 'schema' | 'patchMerge' | 'patchReplace' | 'mergeKey'> | undefined
  readonly isDeletion: boolean
}

function mergeValue(original: unknown, patch: unknown, { field, isDeletion }: MergeContext): unknown {
  if (isObject(original) && isObject(patch)) {
    if (field?.patchReplace) return withoutDirectives(patch)
    return mergeMap(original, patch, field?.schema)
  }
  if (Array.isArray(original) && Array.isArray(patch)) {
    if (isDeletion) return original.filter((item) => !patch.some((other) => deepEqual(item, other)))
    if (!field?.patchMerge) return withoutDirectives(patch)
    return mergeList(original, patch, field)
  }
  return isDeletion ? original : withoutDirectives(patch)
}

/** Fields of structs by name; every key of a map has the same schema. */
function lookUp(schema: FieldSchema | undefined, name: string): MergeContext['field'] {
  if (schema?.kind === 'struct') return schema.fields.get(name)
  if (schema?.kind !== 'map') return undefined
  return { schema: schema.element, patchMerge: false, patchReplace: false, mergeKey: undefined }
}

function mergeList(
  original: unknown[],
  patch: unknown[],
  field: NonNullable<MergeContext['field']>,
): unknown[] {
  if (original.length === 0 && patch.length === 0) return original
  const { schema, mergeKey } = field
  const element = schema.kind === 'list' ? schema.element : undefined
  if (element?.kind !== 'struct') {
    const merged = unique([...original, ...patch])
    return orderMerged(merged, { patchOrder: patch, serverOrder: original, mergeKey: undefined })
  }
  if (mergeKey === undefined) throw failed(`cannot merge lists without merge key for ${element.name}`)
  const { kept, rest, replace } = applyListDirectives(original, patch, mergeKey)
  if (replace) return rest.map(withoutDirectives)
  const merged = [...kept]
  for (const item of rest) {
    const fields = mapWithKey(item, mergeKey)
    const at = indexInList(merged, fields, mergeKey)
    const found = at < 0 ? undefined : merged[at]
    if (isObject(found)) merged[at] = mergeMap(found, fields, element)
    else merged.push(withoutDirectives(fields))
  }
  return orderMerged(merged, { patchOrder: rest, serverOrder: kept, mergeKey })
}

interface ListDirectives {
  /** What is left of the original. */
  readonly kept: unknown[]
  /** Elements of the patch that are no directives. */
  readonly rest: unknown[]
  readonly replace: boolean
}

/** Carries out elements such as `{$patch: delete, name: x}` and `{$patch: replace}`. */
function applyListDirectives(original: unknown[], patch: unknown[], mergeKey: ListKey): ListDirectives {
  let kept = original
  let replace = false
  const rest: unknown[] = []
  for (const item of patch) {
    const fields = mapOf(item)
    const directive = fields[DIRECTIVE]
    if (directive === undefined) {
      rest.push(item)
    } else if (directive === 'delete') {
      const wanted = mapWithKey(fields, mergeKey)
      kept = kept.filter((other) => indexInList([other], wanted, mergeKey) < 0)
    } else if (directive === 'replace') {
      replace = true
    } else if (directive === 'merge') {
      throw failed('merging lists cannot yet be specified in the patch')
    } else {
      throw failed(`unknown patch type: ${formatGo(directive)} in map: ${formatGo(fields)}`)
    }
  }
  return { kept, rest, replace }
}

/** Takes `$retainKeys` out of the patch and drops every other key of the original. */
function retainKeys(original: Fields, patch: Fields): void {
  const list = patch[RETAIN_KEYS]
  if (list === undefined) return
  delete patch[RETAIN_KEYS]
  if (!Array.isArray(list)) throw badRequest('invalid patch format of retainKeys')
  const kept = new Set<unknown>(list)
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(DELETE_FROM_PRIMITIVES) || key.startsWith(SET_ELEMENT_ORDER))
      continue
    if (!kept.has(key)) throw badRequest('invalid patch format of retainKeys')
  }
  for (const key of Object.keys(original)) if (!kept.has(key)) delete original[key]
}

/** Takes `$setElementOrder/<list>` and the lists they order out of the patch, and merges those. */
function mergeOrderedLists(original: Fields, patch: Fields, schema: FieldSchema | undefined): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(SET_ELEMENT_ORDER)) continue
    const name = key.slice(SET_ELEMENT_ORDER.length)
    const order = patch[key]
    const changes = own(patch, name)
    delete patch[key]
    if (!Array.isArray(order)) throw badRequest('invalid patch format of setElementOrder list')
    const before = own(original, name)
    if (changes === null) continue
    delete patch[name]
    if (changes !== undefined && !Array.isArray(changes)) {
      throw badRequest('invalid patch format of setElementOrder list')
    }
    const field = lookUp(schema, name)
    const mergeKey = field?.mergeKey
    if (changes) checkOrder(changes, order, mergeKey)
    const merged = Array.isArray(before)
      ? changes
        ? mergeValue(before, changes, { field, isDeletion: false })
        : before
      : changes
    if (!Array.isArray(merged)) continue
    original[name] = orderMerged(merged.map(withoutDirectives), {
      patchOrder: order,
      serverOrder: Array.isArray(before) ? before : [],
      mergeKey,
    })
  }
}

/** What the patch changes must stand in the order it asks for; deletions need not be in it. */
function checkOrder(changes: unknown[], order: unknown[], mergeKey: string | undefined): void {
  const kept = changes.filter(
    (item) => !(isObject(item) && item[DIRECTIVE] === 'delete') && !isReplaceMarker(item),
  )
  let from = 0
  for (const item of kept) {
    const at = indexInList(order.slice(from), item, mergeKey)
    if (at < 0) {
      throw failed(
        `The order in patch list:\n${formatGo(changes)}\n doesn't match $setElementOrder list:\n${formatGo(order)}\n`,
      )
    }
    from += at + 1
  }
}

function isReplaceMarker(item: unknown): boolean {
  return isObject(item) && item[DIRECTIVE] === 'replace'
}

function isDirected(value: unknown): boolean {
  return isObject(value) && DIRECTIVE in value
}

/** A copy without any directive, for what is new in the document. Lists of deletions come to nothing. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((item) => !(isObject(item) && DIRECTIVE in item)).map(withoutDirectives)
  }
  if (!isObject(value)) return value
  const result: Fields = {}
  for (const [key, item] of Object.entries(value)) {
    const isDirective =
      key === DIRECTIVE ||
      key === RETAIN_KEYS ||
      key.startsWith(DELETE_FROM_PRIMITIVES) ||
      key.startsWith(SET_ELEMENT_ORDER)
    if (!isDirective && item !== null && !isDirected(item)) setOwn(result, key, withoutDirectives(item))
  }
  return result
}

function mapOf(item: unknown): Fields {
  if (!isObject(item))
    throw failed(`expected a map, but received a ${Array.isArray(item) ? 'slice' : typeof item}`)
  return item
}

function mapWithKey(item: unknown, mergeKey: ListKey): Fields {
  const fields = mapOf(item)
  if (mergeKey === undefined) throw new InternalError('a list of maps is merged by a key')
  if (!(mergeKey in fields)) {
    throw failed(`map: ${formatGo(fields)} does not contain declared merge key: ${mergeKey}`)
  }
  return fields
}

function unique(items: unknown[]): unknown[] {
  return [...new Set(items)]
}
