// Owns the filter throttle: no more records than so many in an interval, on the average of a window.
// Source: Fluent Bit's manual, "Filters", Throttle.
import { invalid } from '../refusal.ts'
import type { FilterKind } from './filter.ts'

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export const throttle: FilterKind = (settings) => {
  const rate = settings.count('Rate', 1)
  const window = settings.count('Window', 5)
  const intervalMs = intervalOf(settings.one('Interval') ?? '1s')
  if (intervalMs === undefined) throw invalid(`Interval of ${settings.title} is no duration`)
  settings.end(['Print_Status'])
  return ({ now }) => {
    /** How many passed, by the number of the interval since 1970. */
    const passed = new Map<number, number>()
    return (event) => {
      const current = Math.floor(now() / intervalMs)
      for (const interval of passed.keys()) if (interval <= current - window) passed.delete(interval)
      const total = passed.values().reduce((sum, count) => sum + count, 0)
      if (total / window >= rate) return {}
      passed.set(current, (passed.get(current) ?? 0) + 1)
      return { event }
    }
  }
}

function intervalOf(text: string): number | undefined {
  const [, count, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * (UNIT_MS[unit || 's'] ?? 1_000)
}
