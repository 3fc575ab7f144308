// Owns the filter grep: which records stay.
// Source: Fluent Bit's manual, "Filters", Grep.
import { accessor, expressionOf, textOf, type LogRecord } from '../record.ts'
import { invalid } from '../refusal.ts'
import type { FilterKind } from './filter.ts'

type Rule = (record: LogRecord) => boolean

/** `Regex` and `Exclude` in the order of their kinds; with `Logical_Op` all of one kind make one rule. */
export const grep: FilterKind = (settings) => {
  const rules = (name: string): Rule[] =>
    settings.all(name).map((value) => {
      const [key = '', expression = ''] = settings.split(value, 2)
      const read = accessor(key)
      const pattern = expressionOf(expression)
      return (record) => pattern.test(textOf(read(record)) ?? '')
    })
  const keep = rules('Regex')
  const drop = rules('Exclude')
  const logic = (settings.one('Logical_Op') ?? 'legacy').toLowerCase()
  settings.end()
  if (logic !== 'legacy' && keep.length > 0 && drop.length > 0) {
    throw invalid(`Logical_Op of ${settings.title} takes either Regex or Exclude`)
  }
  const all = (which: readonly Rule[], record: LogRecord): boolean => which.every((rule) => rule(record))
  const some = (which: readonly Rule[], record: LogRecord): boolean => which.some((rule) => rule(record))
  const stays: Rule =
    logic === 'or'
      ? (record) => (keep.length > 0 ? some(keep, record) : !some(drop, record))
      : logic === 'and'
        ? (record) => (keep.length > 0 ? all(keep, record) : !all(drop, record))
        : (record) => all(keep, record) && !some(drop, record)
  return () => (event) => (stays(event.record) ? { event } : {})
}
