// Owns the order of elements in lists that a strategic merge patch has merged.
import { deepEqual, isObject } from '../../base/json.ts'

/** Name of the merge key of a list of maps; undefined for a list of primitives. */
export type ListKey = string | undefined

interface Order {
  /** The order that the patch asks for. */
  readonly patchOrder: readonly unknown[]
  /** The order on the server before the patch. */
  readonly serverOrder: readonly unknown[]
  readonly mergeKey: ListKey
}

/** Position of the element of `list` that is `wanted` or, in lists of maps, has its merge key; -1 for none. */
export function indexInList(list: readonly unknown[], wanted: unknown, mergeKey: ListKey): number {
  if (mergeKey === undefined) return list.findIndex((item) => deepEqual(item, wanted))
  if (!isObject(wanted)) return -1
  return list.findIndex((item) => isObject(item) && deepEqual(item[mergeKey], wanted[mergeKey]))
}

/**
 * `merged` with the elements that the patch names in the patch's order and the others in the server's,
 * interleaved so that neither order is broken and the live order is kept where it can be.
 * Source: apimachinery pkg/util/strategicpatch/patch.go (normalizeElementOrder, mergeSortedSlice).
 */
export function orderMerged(merged: readonly unknown[], order: Order): unknown[] {
  const { patchOrder, serverOrder, mergeKey } = order
  const fromPatch = merged.filter((item) => indexInList(patchOrder, item, mergeKey) >= 0)
  const serverOnly = merged.filter((item) => indexInList(patchOrder, item, mergeKey) < 0)
  const right = sortBy(fromPatch, patchOrder, mergeKey)
  const left = sortBy(serverOnly, serverOrder, mergeKey)
  const result: unknown[] = []
  let i = 0
  let j = 0
  while (i < left.length && j < right.length) {
    const leftAt = indexInList(serverOrder, left[i], mergeKey)
    const rightAt = indexInList(serverOrder, right[j], mergeKey)
    if (leftAt >= 0 && rightAt >= 0 && leftAt < rightAt) result.push(left[i++])
    else result.push(right[j++])
  }
  return [...result, ...left.slice(i), ...right.slice(j)]
}

function sortBy(items: unknown[], order: readonly unknown[], mergeKey: ListKey): unknown[] {
  return items
    .map((item) => ({ item, at: indexInList(order, item, mergeKey) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
