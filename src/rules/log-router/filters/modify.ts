// Owns the filter modify: changes of members, under conditions.
// Source: Fluent Bit's manual, "Filters", Modify.
import { wildcardMatches } from '../../../base/glob.ts'
import { accessor, expressionOf, textOf, type LogRecord } from '../record.ts'
import { invalid, notEmulated } from '../refusal.ts'
import type { Settings } from '../settings.ts'
import type { FilterKind } from './filter.ts'

type Change = (record: Record<string, unknown>) => void
type Condition = (record: LogRecord) => boolean

/** By the name of the rule; `from` and `to` are its words. */
const CHANGES: Readonly<Record<string, (from: string, to: string) => Change>> = {
  Set: (key, value) => (record) => void (record[key] = value),
  Add: (key, value) => (record) => void (record[key] ??= value),
  Remove: (key) => (record) => void delete record[key],
  Remove_wildcard: (pattern) => (record) => {
    for (const key of Object.keys(record)) if (wildcardMatches(pattern, key)) delete record[key]
  },
  Remove_regex: (text) => {
    const expression = expressionOf(text)
    return (record) => {
      for (const key of Object.keys(record)) if (expression.test(key)) delete record[key]
    }
  },
  Rename: (from, to) => (record) => {
    if (from in record && !(to in record)) move(record, from, to)
  },
  Hard_rename: (from, to) => (record) => {
    if (from in record) move(record, from, to)
  },
  Copy: (from, to) => (record) => {
    if (from in record && !(to in record)) record[to] = record[from]
  },
  Hard_copy: (from, to) => (record) => {
    if (from in record) record[to] = record[from]
  },
}

function move(record: Record<string, unknown>, from: string, to: string): void {
  record[to] = record[from]
  if (to !== from) delete record[from]
}

const CONDITIONS: Readonly<Record<string, (first: string, second: string) => Condition>> = {
  key_exists: (key) => (record) => accessor(key)(record) !== undefined,
  key_does_not_exist: (key) => (record) => accessor(key)(record) === undefined,
  a_key_matches: (pattern) => keysMatch(pattern, true),
  no_key_matches: (pattern) => keysMatch(pattern, false),
  key_value_equals: (key, value) => valueIs(key, (text) => text === value),
  key_value_does_not_equal: (key, value) => valueIs(key, (text) => text !== value),
  key_value_matches: (key, pattern) => {
    const expression = expressionOf(pattern)
    return valueIs(key, (text) => expression.test(text))
  },
  key_value_does_not_match: (key, pattern) => {
    const expression = expressionOf(pattern)
    return valueIs(key, (text) => !expression.test(text))
  },
}

function keysMatch(pattern: string, wanted: boolean): Condition {
  const expression = expressionOf(pattern)
  return (record) => Object.keys(record).some((key) => expression.test(key)) === wanted
}

/** A member that is missing fulfils no condition on its value. */
function valueIs(key: string, holds: (text: string) => boolean): Condition {
  const read = accessor(key)
  return (record) => {
    const text = textOf(read(record))
    return text !== undefined && holds(text)
  }
}

/** Rules run in the order in which they stand, each on what the one before has left; all conditions have to hold. */
export const modify: FilterKind = (settings) => {
  const changes = settings.inOrder(Object.keys(CHANGES)).flatMap(({ name, value }) => {
    const [from = '', to = ''] = settings.split(value, 2)
    return CHANGES[name]?.(from, to) ?? []
  })
  const conditions = settings.all('Condition').map((value) => conditionOf(settings, value))
  settings.end()
  return () => (event) => {
    if (!conditions.every((holds) => holds(event.record))) return { event }
    const record = { ...event.record }
    for (const change of changes) change(record)
    return { event: { ...event, record } }
  }
}

function conditionOf(settings: Settings, value: string): Condition {
  const [name = '', first = '', second = ''] = settings.split(value, 3)
  const make = CONDITIONS[name.toLowerCase()]
  if (!make) throw notEmulated(`Condition ${name} of ${settings.title}`)
  if (first === '') throw invalid(`Condition ${name} of ${settings.title} names no key`)
  return make(first, second)
}
