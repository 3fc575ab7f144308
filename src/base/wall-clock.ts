// Owns the clock on the wall of a time zone: what it shows at a moment, and the moment at which it shows something.

/** What a clock shows, to the minute; Sunday is weekday 0. */
export interface WallClock {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly weekday: number
}

const SECOND_MS = 1000
const UTC = 'UTC'
// Making a formatter is slow, and a cluster has few time zones.
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(zone: string): Intl.DateTimeFormat {
  const found = formatters.get(zone)
  if (found) return found
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formatters.set(zone, made)
  return made
}

/** True for names of the IANA database, such as `Europe/Berlin`; they are told apart by case, as files are. */
export function isTimeZone(zone: string): boolean {
  if (zone === UTC) return true
  // Offsets such as +01:00 are known here and are no names.
  if (!/^[A-Za-z]/.test(zone)) return false
  try {
    formatterOf(zone)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** How far the zone's clock is ahead of UTC at a moment, in milliseconds. */
export function zoneOffsetMs(atMs: number, zone: string = UTC): number {
  if (zone === UTC) return 0
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
  for (const { type, value } of formatterOf(zone).formatToParts(atMs)) parts[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  const shown = Date.UTC(year, month - 1, day, hour, minute, second)
  return shown - Math.floor(atMs / SECOND_MS) * SECOND_MS
}

/** What the clock of a zone (UTC by default) shows at a moment. */
export function wallClock(atMs: number, zone?: string): WallClock {
  const shown = new Date(atMs + zoneOffsetMs(atMs, zone))
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    weekday: shown.getUTCDay(),
  }
}

/**
 * The moment at which the clock of a zone shows this; months and days beyond the last run over. A time that the clock
 * skips is taken by the offset before the jump, and one that it shows twice is the first, as in Go's time.Date.
 */
export function instantOf(
  { year, month, day, hour, minute }: Omit<WallClock, 'weekday'>,
  zone?: string,
): number {
  const shown = Date.UTC(year, month - 1, day, hour, minute)
  const before = shown - zoneOffsetMs(shown - zoneOffsetMs(shown, zone), zone)
  const first = shown - zoneOffsetMs(before - DAY_MS, zone)
  return zoneOffsetMs(first, zone) === shown - first ? first : before
}

const DAY_MS = 86_400_000
