// Owns the columns that many kinds print, and ages as kubectl writes them.
// Source: apimachinery pkg/util/duration, pkg/printers/internalversion/printers.go.
import type { Container } from '../../../generated/kubernetes.d.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Column } from './kind.ts'

const SECOND = 1
const MINUTE = 60
const HOUR = 3600
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** A span such as `45s`, `3m12s`, `5h`, `2d3h`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 2 * MINUTE) return `${seconds}s`
  if (seconds < 10 * MINUTE) return twoParts(seconds, [MINUTE, 'm'], [SECOND, 's'])
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`
  if (seconds < 8 * HOUR) return twoParts(seconds, [HOUR, 'h'], [MINUTE, 'm'])
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`
  if (seconds < 8 * DAY) return twoParts(seconds, [DAY, 'd'], [HOUR, 'h'])
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`
  if (seconds < 8 * YEAR) return twoParts(seconds, [YEAR, 'y'], [DAY, 'd'])
  return `${Math.floor(seconds / YEAR)}y`
}

function twoParts(
  seconds: number,
  [big, bigUnit]: [number, string],
  [small, unit]: [number, string],
): string {
  const rest = Math.floor((seconds % big) / small)
  const head = `${Math.floor(seconds / big)}${bigUnit}`
  return rest === 0 ? head : `${head}${rest}${unit}`
}

/** Time since an RFC 3339 moment; `<unknown>` when there is none. */
export function age(timestamp: string | undefined | null, nowMs: number): string {
  return timestamp ? humanDuration(nowMs - Date.parse(timestamp)) : '<unknown>'
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  cell: (object) => object.metadata.name,
}

export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  cell: (object, nowMs) => age(object.metadata.creationTimestamp, nowMs),
}

/** What kinds without columns of their own show beside the name. */
export const createdAtColumn: Column = {
  name: 'Created At',
  type: 'date',
  cell: (object) => object.metadata.creationTimestamp,
}

/** `Containers` and `Images`, both wide. */
export function containerColumns<T extends KubernetesObject>(
  containersOf: (object: T) => readonly Container[],
): Column<T>[] {
  return [
    {
      name: 'Containers',
      type: 'string',
      priority: 1,
      cell: (object) =>
        containersOf(object)
          .map((container) => container.name)
          .join(','),
    },
    {
      name: 'Images',
      type: 'string',
      priority: 1,
      cell: (object) =>
        containersOf(object)
          .map((container) => container.image ?? '')
          .join(','),
    },
  ]
}

/** `a=b,c=d`, sorted as these texts are (labels.Set.String); `<none>` when empty. */
export function formatPairs(pairs: Readonly<Record<string, string>> | undefined): string {
  const texts = Object.entries(pairs ?? {}).map(([key, value]) => `${key}=${value}`)
  return texts.length === 0 ? '<none>' : texts.toSorted((a, b) => (a < b ? -1 : 1)).join(',')
}
