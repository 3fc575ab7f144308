// Owns what expressions of Logs Insights come to: for one event, or for all events of a group.
import { RE2JS } from 're2js'

import { own } from '../../../../base/json.ts'
import type { Expression } from './expression.ts'
import { malformed } from './tokens.ts'

/** Undefined: the event has no such field. Dates are what is shown as a time. */
export type Value = string | number | boolean | Date | undefined

/** An event's fields, in the order in which they were found. */
export type Row = Map<string, Value>

/** What an expression is asked of. */
export interface Scope {
  readonly row: Row
  /** The events of a group, where aggregations may stand. */
  readonly group?: readonly Row[]
}

/** @throws AwsError MalformedQueryException for functions that are not there */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'field':
      return scope.row.get(expression.name)
    case 'value':
      return expression.value
    case 'operation':
      return operate(expression, scope)
    case 'call':
      return call(expression, scope)
    default:
      throw malformed(`a ${expression.kind} cannot stand here`)
  }
}

/** Whether a condition holds. */
export function holds(expression: Expression, scope: Scope): boolean {
  const value = evaluate(expression, scope)
  return value === true || (typeof value === 'number' && value !== 0)
}

type Operation = Extract<Expression, { kind: 'operation' }>

function operate({ operator, left, right }: Operation, scope: Scope): Value {
  if (operator === 'and') return holds(left, scope) && holds(right, scope)
  if (operator === 'or') return holds(left, scope) || holds(right, scope)
  const value = evaluate(left, scope)
  if (operator.startsWith('not ')) return !matches(operator.slice(4), value, { right, scope })
  if (operator === 'like' || operator === '=~' || operator === 'in') {
    return matches(operator, value, { right, scope })
  }
  const other = evaluate(right, scope)
  if (operator === '=' || operator === '!=') return (compare(value, other) === 0) === (operator === '=')
  if (['<', '<=', '>', '>='].includes(operator)) {
    if (value === undefined || other === undefined) return false
    const order = compare(value, other)
    return operator.startsWith('<')
      ? order < 0 || (order === 0 && operator === '<=')
      : order > 0 || (order === 0 && operator === '>=')
  }
  return arithmetic(operator, numberOf(value), numberOf(other))
}

function matches(
  operator: string,
  value: Value,
  { right, scope }: { readonly right: Expression; readonly scope: Scope },
): boolean {
  if (value === undefined) return false
  if (operator === 'in') {
    if (right.kind !== 'list') throw malformed('in takes a list: [1, 2]')
    return right.items.some((item) => compare(value, evaluate(item, scope)) === 0)
  }
  if (right.kind === 'regex') return regexOf(right.source).matcher(textOf(value)).find()
  return textOf(value).includes(textOf(evaluate(right, scope)))
}

function arithmetic(operator: string, left: number, right: number): Value {
  const results: Readonly<Record<string, number>> = {
    '+': left + right,
    '-': left - right,
    '*': left * right,
    '/': left / right,
    '%': left % right,
    '^': left ** right,
  }
  return finite(results[operator] ?? Number.NaN)
}

function finite(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined
}

const compiled = new Map<string, RE2JS>()

/** RE2's syntax: no pattern takes longer than its text. @throws AwsError MalformedQueryException */
export function regexOf(source: string): RE2JS {
  const known = compiled.get(source)
  if (known) return known
  try {
    const regex = RE2JS.compile(source.replaceAll(/\(\?<(?=[A-Za-z])/g, '(?P<'))
    if (compiled.size > 200) compiled.clear()
    compiled.set(source, regex)
    return regex
  } catch {
    throw malformed(`invalid regular expression: ${source}`)
  }
}

/** Numbers by their size, also where one is text; all else by its letters. */
export function compare(a: Value, b: Value): number {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y
  const [s, t] = [textOf(a), textOf(b)]
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  return s === t ? 0 : s < t ? -1 : 1
}

/** NaN for what is no number. */
export function numberOf(value: Value): number {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'string') return value.trim() === '' ? Number.NaN : Number(value)
  return typeof value === 'number' ? value : Number.NaN
}

/** A value as it is shown; times in UTC, with milliseconds. */
export function textOf(value: Value): string {
  if (value instanceof Date) return value.toISOString().replace('T', ' ').slice(0, -1)
  return String(value ?? '')
}

type Call = Extract<Expression, { kind: 'call' }>

function call(expression: Call, scope: Scope): Value {
  const { name, args } = expression
  const aggregation = own(AGGREGATIONS, name)
  if (aggregation && (scope.group || own(FUNCTIONS, name) === undefined)) {
    if (!scope.group) throw malformed(`${name} is for the stats command`)
    return aggregation(scope.group, args)
  }
  const known = own(FUNCTIONS, name)
  if (!known) throw malformed(`unknown function: ${name}`)
  // `bin(5m)` is `datefloor(@timestamp, 5m)`.
  if (name === 'bin') return floorTo(scope.row.get('@timestamp'), args[0] && evaluate(args[0], scope))
  if (name === 'not') return args[0] !== undefined && !holds(args[0], scope)
  return known(args.map((arg) => evaluate(arg, scope)))
}

const TEXT = (args: readonly Value[], change: (text: string) => Value): Value =>
  args[0] === undefined ? undefined : change(textOf(args[0]))
const NUMBER = (args: readonly Value[], change: (number: number) => number): Value =>
  finite(change(numberOf(args[0])))

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/** `5m` in milliseconds. @throws AwsError MalformedQueryException */
function spanOf(value: Value): number {
  const match = /^(\d+)(ms|[smhdw])$/.exec(textOf(value))
  if (!match) throw malformed(`not a span of time: ${textOf(value)}`)
  return Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? 1)
}

function floorTo(time: Value, span: Value, round: (share: number) => number = Math.floor): Value {
  const ms = numberOf(time)
  return Number.isNaN(ms) ? undefined : new Date(round(ms / spanOf(span)) * spanOf(span))
}

// By name in lower case; `bin` and `not`, which are no functions of values alone, are known to `call`.
const FUNCTIONS: Readonly<Record<string, (args: readonly Value[]) => Value>> = {
  bin: () => undefined,
  not: () => undefined,
  negate: (args) => NUMBER(args, (number) => -number),
  abs: (args) => NUMBER(args, Math.abs),
  ceil: (args) => NUMBER(args, Math.ceil),
  floor: (args) => NUMBER(args, Math.floor),
  log: (args) => NUMBER(args, Math.log),
  sqrt: (args) => NUMBER(args, Math.sqrt),
  greatest: (args) => finite(Math.max(...args.map(numberOf))),
  least: (args) => finite(Math.min(...args.map(numberOf))),
  datefloor: ([time, span]) => floorTo(time, span),
  dateceil: ([time, span]) => floorTo(time, span, Math.ceil),
  frommillis: (args) => {
    const ms = finite(numberOf(args[0]))
    return ms === undefined ? undefined : new Date(ms)
  },
  tomillis: (args) => finite(numberOf(args[0])),
  ispresent: ([value]) => value !== undefined,
  isempty: ([value]) => value === undefined || textOf(value) === '',
  isblank: ([value]) => value === undefined || textOf(value).trim() === '',
  coalesce: (args) => args.find((value) => value !== undefined),
  concat: (args) => args.map(textOf).join(''),
  strlen: (args) => TEXT(args, (text) => text.length),
  toupper: (args) => TEXT(args, (text) => text.toUpperCase()),
  tolower: (args) => TEXT(args, (text) => text.toLowerCase()),
  trim: (args) => TEXT(args, (text) => text.trim()),
  ltrim: (args) => TEXT(args, (text) => text.trimStart()),
  rtrim: (args) => TEXT(args, (text) => text.trimEnd()),
  substr: (args) =>
    TEXT(args, (text) => {
      const from = numberOf(args[1])
      return args[2] === undefined ? text.slice(from) : text.slice(from, from + numberOf(args[2]))
    }),
  replace: (args) => TEXT(args, (text) => text.replaceAll(textOf(args[1]), textOf(args[2]))),
  strcontains: (args) => TEXT(args, (text) => (text.includes(textOf(args[1])) ? 1 : 0)),
}

type Aggregation = (group: readonly Row[], args: readonly Expression[]) => Value

function valuesOf(group: readonly Row[], arg: Expression | undefined): Value[] {
  if (!arg) return []
  return group.map((row) => evaluate(arg, { row })).filter((value) => value !== undefined)
}

function numbersOf(group: readonly Row[], arg: Expression | undefined): number[] {
  return valuesOf(group, arg)
    .map(numberOf)
    .filter((number) => !Number.isNaN(number))
}

function percentile(numbers: readonly number[], percent: number): Value {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
}

function deviation(numbers: readonly number[]): Value {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  return finite(Math.sqrt(numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length))
}

function extreme(group: readonly Row[], args: readonly Expression[], isLast: boolean): Value {
  const [by = { kind: 'field', name: '@timestamp' } as const, shown = by] = args
  const sorted = group
    .filter((row) => evaluate(shown, { row }) !== undefined)
    .toSorted((a, b) => compare(evaluate(by, { row: a }), evaluate(by, { row: b })))
  const row = isLast ? sorted.at(-1) : sorted[0]
  return row && evaluate(shown, { row })
}

const TIME = { kind: 'field', name: '@timestamp' } as const

/** Names of what may stand in `stats`. */
export const AGGREGATIONS: Readonly<Record<string, Aggregation>> = {
  count: (group, [arg]) =>
    !arg || (arg.kind === 'field' && arg.name === '*') ? group.length : valuesOf(group, arg).length,
  count_distinct: (group, [arg]) => new Set(valuesOf(group, arg).map(textOf)).size,
  sum: (group, [arg]) => numbersOf(group, arg).reduce((sum, number) => sum + number, 0),
  avg: (group, [arg]) => {
    const numbers = numbersOf(group, arg)
    return finite(numbers.reduce((sum, number) => sum + number, 0) / numbers.length)
  },
  min: (group, [arg]) => finite(Math.min(...numbersOf(group, arg))),
  max: (group, [arg]) => finite(Math.max(...numbersOf(group, arg))),
  pct: (group, [arg, percent]) =>
    percentile(numbersOf(group, arg), percent ? numberOf(evaluate(percent, { row: new Map() })) : 50),
  stddev: (group, [arg]) => deviation(numbersOf(group, arg)),
  earliest: (group, [arg]) => extreme(group, arg ? [TIME, arg] : [TIME], false),
  latest: (group, [arg]) => extreme(group, arg ? [TIME, arg] : [TIME], true),
  sortsfirst: (group, args) => extreme(group, args, false),
  sortslast: (group, args) => extreme(group, args, true),
}
