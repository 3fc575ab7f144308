// Owns the filter parser: takes a member of a record apart by parsers of the configuration.
// Source: Fluent Bit's manual, "Filters", Parser.
import { accessor, textOf } from '../record.ts'
import { invalid } from '../refusal.ts'
import type { FilterKind } from './filter.ts'

/** What is parsed takes the place of the whole record, unless data is reserved. */
export const parser: FilterKind = (settings, { parsers }) => {
  const key = settings.required('Key_Name')
  settings.required('Parser')
  const chosen = settings.all('Parser').map((name) => {
    const found = parsers.get(name)
    if (!found) throw invalid(`parser ${name} of ${settings.title} is not in parsers.conf`)
    return found
  })
  const reservesData = settings.flag('Reserve_Data', false)
  const preservesKey = settings.flag('Preserve_Key', false)
  settings.end(['Unescape_Key'])
  const read = accessor(key)
  return () => (event) => {
    const text = textOf(read(event.record))
    if (text === undefined) return { event }
    for (const { parse } of chosen) {
      const parsed = parse(text)
      if (!parsed) continue
      const { [key]: value, ...others } = event.record
      const kept = { ...(reservesData ? others : {}), ...(preservesKey ? { [key]: value } : {}) }
      return {
        event: {
          tag: event.tag,
          timeMs: parsed.timeMs ?? event.timeMs,
          record: { ...kept, ...parsed.record },
        },
      }
    }
    return { event }
  }
}
