// Owns the filter nest: members that are put into a map, or taken out of one.
// Source: Fluent Bit's manual, "Filters", Nest.
import { wildcardMatches } from '../../../base/glob.ts'
import { isObject } from '../../../base/json.ts'
import type { LogRecord } from '../record.ts'
import { invalid } from '../refusal.ts'
import type { FilterKind } from './filter.ts'

export const nest: FilterKind = (settings) => {
  const operation = settings.required('Operation').toLowerCase()
  const rename = renamer(settings.one('Add_prefix') ?? '', settings.one('Remove_prefix') ?? '')
  const change = operation === 'nest' ? nesting : operation === 'lift' ? lifting : undefined
  if (!change) throw invalid(`Operation ${operation} of ${settings.title} is neither nest nor lift`)
  const wildcards = settings.all('Wildcard')
  const under = settings.required(operation === 'nest' ? 'Nest_under' : 'Nested_under')
  settings.end()
  return () => (event) => ({
    event: { ...event, record: change(event.record, { wildcards, under, rename }) },
  })
}

interface Change {
  readonly wildcards: readonly string[]
  readonly under: string
  readonly rename: (key: string) => string
}

function renamer(added: string, removed: string): (key: string) => string {
  return (key) => added + (removed !== '' && key.startsWith(removed) ? key.slice(removed.length) : key)
}

function nesting(record: LogRecord, { wildcards, under, rename }: Change): LogRecord {
  const goes = (key: string): boolean => wildcards.some((pattern) => wildcardMatches(pattern, key))
  const entries = Object.entries(record)
  const nested = entries.filter(([key]) => goes(key)).map(([key, value]) => [rename(key), value] as const)
  if (nested.length === 0) return record
  return { ...Object.fromEntries(entries.filter(([key]) => !goes(key))), [under]: Object.fromEntries(nested) }
}

function lifting(record: LogRecord, { under, rename }: Change): LogRecord {
  const { [under]: nested, ...rest } = record
  if (!isObject(nested)) return record
  return {
    ...rest,
    ...Object.fromEntries(Object.entries(nested).map(([key, value]) => [rename(key), value])),
  }
}
