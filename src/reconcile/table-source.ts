// Owns the waking of controllers by records in the store and by time.
import type { Clock, Timer } from '../base/clock.ts'
import type { Table } from '../store/table.ts'
import type { Source } from './controller.ts'

/** Wakes a controller by keys derived from each record that is there, is written or goes; its own key by default. */
export function tableSource<T>(
  table: Table<T>,
  keysOf: (key: string, value: T) => readonly string[] = (key) => [key],
): Source {
  return {
    subscribe(enqueue) {
      const end = table.watch((change) => keysOf(change.key, change.value).forEach(enqueue))
      for (const row of table.rows()) keysOf(row.key, row.value).forEach(enqueue)
      return end
    },
  }
}

/** Wakes a controller by one key, at once and then again and again. */
export function intervalSource(clock: Clock, intervalMs: number, key = 'tick'): Source {
  return {
    subscribe(enqueue) {
      let timer: Timer
      const tick = (): void => {
        enqueue(key)
        timer = clock.after(intervalMs, tick)
      }
      timer = clock.after(0, tick)
      return () => timer.cancel()
    },
  }
}
