// Owns the functions of CEL for lists as sets. Source: cel-go ext/sets.go.
import type { Environment } from '@marcbachmann/cel-js'

import { deepEqual } from '../../../base/json.ts'

class Sets {}

type List = readonly unknown[]

/** Registers `sets.contains`, `sets.equivalent`, `sets.intersects`. */
export function registerSets(environment: Environment): void {
  environment
    .registerType('Sets', { ctor: Sets, fields: {} })
    .registerConstant('sets', 'Sets', new Sets())
    .registerFunction('Sets.contains(list<T>, list<T>): bool', (_sets: Sets, a: List, b: List) =>
      contains(a, b),
    )
    .registerFunction(
      'Sets.equivalent(list<T>, list<T>): bool',
      (_sets: Sets, a: List, b: List) => contains(a, b) && contains(b, a),
    )
    .registerFunction('Sets.intersects(list<T>, list<T>): bool', (_sets: Sets, a: List, b: List) =>
      a.some((item) => contains(b, [item])),
    )
}

function contains(list: List, items: List): boolean {
  return items.every((item) => list.some((each) => deepEqual(each, item)))
}
