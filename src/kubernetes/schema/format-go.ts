// Owns the text that Go's %v makes of JSON values, which some messages of Kubernetes contain.
import { isObject } from '../../base/json.ts'

/** `map[name:a ports:[80 443]]`; keys are sorted, strings are bare. */
export function formatGo(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(formatGo).join(' ')}]`
  if (!isObject(value)) return typeof value === 'string' ? value : JSON.stringify(value)
  const parts = Object.keys(value)
    .toSorted()
    .map((key) => `${key}:${formatGo(value[key])}`)
  return `map[${parts.join(' ')}]`
}

/** A list of strings as Go's `%q` prints it: `["a" "b"]`. */
export function quoteGo(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`
}

/** What Go's JSON decoder calls a value: `object`, `array`, `bool`, `number`, `string`. */
export function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'object' ? 'object' : typeof value
}
