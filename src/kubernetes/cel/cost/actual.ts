// Owns what operators and calls cost with the values that they are given.
// Source: cel-go interpreter/runtimecost.go, apiserver pkg/cel/library/cost.go (CallCost), cel-go ext/{lists,sets}.go.
import { isObject } from '../../../base/json.ts'
import { PER_CHARACTER, PER_PATTERN_CHARACTER } from './size.ts'

/** Characters, bytes, items or entries; 1 of everything else. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length
  if (value instanceof Map) return value.size
  return isPlain(value) ? Object.keys(value).length : 1
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    isObject(value) &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
  )
}

function through(size: number, factor = 1): number {
  return Math.ceil(size * factor * PER_CHARACTER)
}

/** What a comparison, a sum or `in` costs. */
export function operatorCost(operator: string, left: unknown, right: unknown): number {
  if (operator === 'in') return Array.isArray(right) ? right.length : 1
  const isText = typeof left === 'string' || left instanceof Uint8Array
  if (operator === '+') return isText ? through(sizeOf(left) + sizeOf(right)) : 1
  if (operator === '==' || operator === '!=' || isText) return through(Math.min(sizeOf(left), sizeOf(right)))
  return 1
}

type Cost = (operands: readonly unknown[]) => number

const receiver =
  (factor = 1): Cost =>
  ([text]) =>
    through(sizeOf(text), factor)
const lastText =
  (factor = 1): Cost =>
  (operands) =>
    through(sizeOf(operands.at(-1)), factor)
const matching: Cost = ([text, pattern]) =>
  through(1 + sizeOf(text)) * Math.ceil(sizeOf(pattern) * PER_PATTERN_CHARACTER)
const madeOf = (size: number, factor = 1): number => 11 + size * factor
const compared: Cost = ([list]) =>
  madeOf(sizeOf(list) ** 2, Array.isArray(list) && typeof list[0] === 'string' ? 2.1 : 2)
const pairs =
  (factor: number): Cost =>
  (operands) =>
    1 + factor * sizeOf(operands.at(-2)) * sizeOf(operands.at(-1))

/** The cost of going through a value with all that is in it. */
const whole: Cost = ([value]) => traversal(value)

function traversal(value: unknown): number {
  if (typeof value === 'string') return Math.floor(value.length * PER_CHARACTER)
  if (Array.isArray(value)) return value.reduce((total: number, item) => total + traversal(item), 0)
  if (isPlain(value)) {
    return Object.entries(value).reduce((total, [key, item]) => total + traversal(key) + traversal(item), 0)
  }
  return 1
}

const selector: Cost = (operands) => {
  const size = sizeOf(operands.at(-1))
  return 10 + through(size) + Math.ceil(Math.ceil(size / 2) * 50)
}

const costs: Readonly<Record<string, Cost>> = {
  check: () => 350_000,
  fieldSelector: selector,
  labelSelector: selector,
  isSorted: whole,
  sum: whole,
  min: whole,
  max: whole,
  indexOf: whole,
  lastIndexOf: whole,
  url: receiver(),
  lowerAscii: receiver(),
  upperAscii: receiver(),
  substring: receiver(),
  trim: receiver(),
  replace: receiver(2),
  split: receiver(2),
  join: ([list, separator]) => {
    const items = Array.isArray(list) ? list.reduce((total: number, item) => total + sizeOf(item), 0) : 0
    return through(items + sizeOf(separator ?? '') * Math.max(sizeOf(list) - 1, 0), 2)
  },
  find: matching,
  findAll: matching,
  matches: matching,
  contains: (operands) =>
    operands.length === 3 ? pairs(1)(operands) : through(sizeOf(operands[0])) * through(sizeOf(operands[1])),
  intersects: pairs(1),
  equivalent: pairs(2),
  startsWith: receiver(),
  endsWith: receiver(),
  format: receiver(),
  quote: lastText(),
  bytes: lastText(),
  string: ([value]) => (value instanceof Uint8Array ? through(value.length) : 1),
  cidr: lastText(),
  ip: lastText(),
  isIP: lastText(),
  isCIDR: lastText(),
  isCanonical: lastText(2),
  containsIP: ([, other]) => 4 + (typeof other === 'string' ? through(other.length) : 0),
  containsCIDR: ([, other]) => 7 + (typeof other === 'string' ? through(other.length) : 0),
  quantity: receiver(),
  isQuantity: receiver(),
  semver: receiver(),
  isSemver: receiver(),
  slice: ([, start, end]) => madeOf(Math.max(Number(end) - Number(start), 0)),
  range: (operands) => madeOf(Number(operands.at(-1))),
  reverse: ([list]) => (Array.isArray(list) ? madeOf(list.length) : through(sizeOf(list))),
  flatten: ([list, depth]) => madeOf(sizeOf(list), depth === undefined ? 1 : Number(depth)),
  distinct: compared,
  sort: compared,
}

/** What calling a function costs; the receiver is the first operand. */
export function callCost(name: string, operands: readonly unknown[]): number {
  // A function that nothing is said about takes one unit.
  return costs[name]?.(operands) ?? 1
}
