// Owns the filter record_modifier: members that are added and removed.
// Source: Fluent Bit's manual, "Filters", Record modifier.
import { invalid } from '../refusal.ts'
import type { FilterKind } from './filter.ts'

export const recordModifier: FilterKind = (settings) => {
  const added = settings.all('Record').map((value) => settings.split(value, 2))
  const removed = new Set(settings.all('Remove_key'))
  const allowed = new Set(['Allowlist_key', 'Whitelist_key'].flatMap((name) => settings.all(name)))
  settings.end()
  if (removed.size > 0 && allowed.size > 0) {
    throw invalid(`${settings.title} takes either Remove_key or Allowlist_key`)
  }
  const stays = (key: string): boolean => (allowed.size > 0 ? allowed.has(key) : !removed.has(key))
  return () => (event) => {
    const kept = Object.entries(event.record).filter(([key]) => stays(key))
    return { event: { ...event, record: Object.fromEntries([...kept, ...added]) } }
  }
}
