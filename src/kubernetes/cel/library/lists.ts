// Owns the functions for lists that CEL has in Kubernetes: sums, extremes, order, places, and lists version 3.
// Source: apiserver pkg/cel/library/lists.go, cel-go ext/lists.go.
import type { Environment } from '@marcbachmann/cel-js'

import { deepEqual } from '../../../base/json.ts'
import { CelError } from '../errors.ts'

class Lists {}

type Value = bigint | number | string
type List = readonly Value[]

// Without the type of the items: of a list that is only known as one, the checker could tell none.

/** Registers `sum`, `min`, `max`, `isSorted`, `indexOf`, `slice`, `sort`, `distinct`, `flatten`, `reverse`. */
export function registerLists(environment: Environment): void {
  environment
    .registerType('Lists', { ctor: Lists, fields: {} })
    .registerConstant('lists', 'Lists', new Lists())
    .registerFunction('list.sum(): dyn', sum)
    .registerFunction('list.min(): dyn', (list: List) => extreme(list, 'min'))
    .registerFunction('list.max(): dyn', (list: List) => extreme(list, 'max'))
    .registerFunction('list.isSorted(): bool', (list: List) =>
      list.every((item, i) => i === 0 || compare(list[i - 1] ?? item, item) <= 0),
    )
    .registerFunction('list.indexOf(dyn): int', (list: readonly unknown[], item: unknown) =>
      BigInt(list.findIndex((each) => deepEqual(each, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: readonly unknown[], item: unknown) =>
      BigInt(list.findLastIndex((each) => deepEqual(each, item))),
    )
    .registerFunction('list.slice(int, int): list', slice)
    .registerFunction('list.sort(): list', (list: List) => list.toSorted(compare))
    .registerFunction('list.distinct(): list', (list: readonly unknown[]) =>
      list.filter((item, i) => list.findIndex((each) => deepEqual(each, item)) === i),
    )
    .registerFunction('list.reverse(): list', (list: readonly unknown[]) => list.toReversed())
    .registerFunction('Lists.range(int): list<int>', (_lists: Lists, count: bigint) =>
      Array.from({ length: Number(count) }, (_, index) => BigInt(index)),
    )
    .registerFunction('list.flatten(): list', (list: unknown[]) => list.flat())
    .registerFunction('list.flatten(int): list', (list: unknown[], depth: bigint) => list.flat(Number(depth)))
}

function sum(list: List): Value {
  const [first] = list
  if (first === undefined) return 0n
  // A list has items of one type.
  return list.slice(1).reduce((total, item) => ((total as number) + (item as number)) as Value, first)
}

function extreme(list: List, which: 'min' | 'max'): Value {
  const [first] = list
  if (first === undefined) throw new CelError(`${which} called on empty list`)
  const sign = which === 'min' ? 1 : -1
  return list.reduce((best, item) => (sign * compare(item, best) < 0 ? item : best), first)
}

function compare(a: Value, b: Value): number {
  return a < b ? -1 : Number(a > b)
}

function slice(list: readonly unknown[], start: bigint, end: bigint): readonly unknown[] {
  if (start < 0n || end < 0n) {
    throw new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`)
  }
  if (start > end) {
    throw new CelError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`)
  }
  if (end > BigInt(list.length)) {
    throw new CelError(`cannot slice(${start}, ${end}), list is length ${list.length}`)
  }
  return list.slice(Number(start), Number(end))
}
