// Owns cron schedules: reading them, and the moments at which they are due.
// Source of grammar and wording: github.com/robfig/cron/v3 parser.go (ParseStandard), which Kubernetes uses.
import { own } from '../../base/json.ts'
import { parseGoDuration } from '../../base/go-duration.ts'
import { instantOf, isTimeZone, wallClock, type WallClock } from '../../base/wall-clock.ts'

/** Thrown for a schedule that cannot be read, with what Kubernetes says about it. */
export class ScheduleError extends Error {}

/** When something is due: at a steady pace, or whenever the clock on the wall matches. */
export type CronSchedule = { readonly everyMs: number } | CronFields

interface CronFields {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  /** True when either kind of day was given as `*`: both must match then, else one of them. */
  readonly anyDay: boolean
}

interface Bounds {
  readonly minimum: number
  readonly maximum: number
  readonly names?: Readonly<Record<string, number>>
}

function named(first: number, names: string): Readonly<Record<string, number>> {
  return Object.fromEntries(names.split(' ').map((name, i) => [name, first + i]))
}

const MINUTES: Bounds = { minimum: 0, maximum: 59 }
const HOURS: Bounds = { minimum: 0, maximum: 23 }
const DAYS: Bounds = { minimum: 1, maximum: 31 }
const MONTHS: Bounds = {
  minimum: 1,
  maximum: 12,
  names: named(1, 'jan feb mar apr may jun jul aug sep oct nov dec'),
}
const WEEKDAYS: Bounds = { minimum: 0, maximum: 6, names: named(0, 'sun mon tue wed thu fri sat') }

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const EVERY = '@every '
const SECOND_MS = 1000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
// No moment within so many years counts as none.
const YEARS = 5

/**
 * Reads a schedule: five fields, a descriptor such as `@daily`, or `@every 1h30m`.
 * @throws ScheduleError
 */
export function parseSchedule(text: string): CronSchedule {
  if (text === '') throw new ScheduleError('empty spec string')
  const schedule = withoutZone(text)
  return schedule.startsWith('@') ? parseDescriptor(schedule) : parseFields(schedule)
}

/** A time zone in front is read, though Kubernetes allows none: what is wrong with it is told first. */
function withoutZone(text: string): string {
  if (!/^(CRON_)?TZ=/.test(text)) return text
  const space = text.indexOf(' ')
  if (space < 0) {
    const panic = 'runtime error: slice bounds out of range [:-1]'
    throw new ScheduleError(`invalid schedule format: ${panic}`)
  }
  const zone = text.slice(text.indexOf('=') + 1, space)
  if (!isTimeZone(zone)) throw new ScheduleError(`provided bad location ${zone}: unknown time zone ${zone}`)
  return text.slice(space).trim()
}

function parseDescriptor(text: string): CronSchedule {
  const fields = own(DESCRIPTORS, text)
  if (fields !== undefined) return parseFields(fields)
  if (!text.startsWith(EVERY)) throw new ScheduleError(`unrecognized descriptor: ${text}`)
  const durationMs = parseGoDuration(text.slice(EVERY.length))
  if (durationMs === undefined) {
    const duration = JSON.stringify(text.slice(EVERY.length))
    throw new ScheduleError(`failed to parse duration ${text}: time: invalid duration ${duration}`)
  }
  return { everyMs: Math.max(SECOND_MS, Math.floor(durationMs / SECOND_MS) * SECOND_MS) }
}

function parseFields(text: string): CronFields {
  const fields = text.split(/\s+/).filter((field) => field !== '')
  if (fields.length !== 5) {
    throw new ScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`)
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const [minutes, hours, days, months, weekdays] = [
    parseField(minute, MINUTES),
    parseField(hour, HOURS),
    parseField(day, DAYS),
    parseField(month, MONTHS),
    parseField(weekday, WEEKDAYS),
  ]
  return {
    minutes: minutes.values,
    hours: hours.values,
    days: days.values,
    months: months.values,
    weekdays: weekdays.values,
    anyDay: days.star || weekdays.star,
  }
}

interface FieldValues {
  readonly values: ReadonlySet<number>
  readonly star: boolean
}

function parseField(text: string, bounds: Bounds): FieldValues {
  const ranges = text
    .split(',')
    .filter((range) => range !== '')
    .map((range) => parseRange(range, bounds))
  return {
    values: new Set(ranges.flatMap(({ values }) => values)),
    star: ranges.some(({ star }) => star),
  }
}

function parseRange(text: string, bounds: Bounds): { values: number[]; star: boolean } {
  const [range = '', stepText, ...more] = text.split('/')
  const limits = range.split('-')
  const star = limits[0] === '*' || limits[0] === '?'
  if (!star && limits.length > 2) throw new ScheduleError(`too many hyphens: ${text}`)
  const start = star ? bounds.minimum : parseNumber(limits[0] ?? '', bounds)
  const last = star ? bounds.maximum : limits[1] === undefined ? start : parseNumber(limits[1], bounds)
  if (more.length > 0) throw new ScheduleError(`too many slashes: ${text}`)
  const step = stepText === undefined ? 1 : parseNumber(stepText)
  // `3/5` means from 3 to the end.
  const end = stepText !== undefined && limits.length === 1 ? bounds.maximum : last
  if (start < bounds.minimum) {
    throw new ScheduleError(`beginning of range (${start}) below minimum (${bounds.minimum}): ${text}`)
  }
  if (end > bounds.maximum) {
    throw new ScheduleError(`end of range (${end}) above maximum (${bounds.maximum}): ${text}`)
  }
  if (start > end) {
    throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  }
  if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`)
  const values: number[] = []
  for (let value = start; value <= end; value += step) values.push(value)
  return { values, star: star && step === 1 }
}

function parseNumber(text: string, { names }: Partial<Bounds> = {}): number {
  const name = names && own(names, text.toLowerCase())
  if (name !== undefined) return name
  if (!/^[-+]?\d+$/.test(text)) {
    throw new ScheduleError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    )
  }
  const value = Number(text)
  if (value < 0) throw new ScheduleError(`negative number (${value}) not allowed: ${text}`)
  return value
}

/**
 * The first moment after `afterMs` at which the schedule is due, by the clock of a time zone (UTC by default).
 * @returns undefined when there is none within five years
 */
export function nextTime(schedule: CronSchedule, afterMs: number, zone?: string): number | undefined {
  if ('everyMs' in schedule) return Math.floor(afterMs / SECOND_MS) * SECOND_MS + schedule.everyMs
  const start = wallClock(afterMs, zone)
  let atMs = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS
  for (;;) {
    const clock = wallClock(atMs, zone)
    if (clock.year > start.year + YEARS) return undefined
    if (!schedule.months.has(clock.month)) {
      atMs = later(atMs, instantOf({ ...clock, month: clock.month + 1, day: 1, hour: 0, minute: 0 }, zone))
    } else if (!isDay(schedule, clock)) {
      atMs = later(atMs, instantOf({ ...clock, day: clock.day + 1, hour: 0, minute: 0 }, zone))
    } else if (!schedule.hours.has(clock.hour)) {
      atMs += HOUR_MS - clock.minute * MINUTE_MS
    } else if (!schedule.minutes.has(clock.minute)) {
      atMs += MINUTE_MS
    } else {
      return atMs
    }
  }
}

// Where the clock jumps, the start of a day may not be there: time goes on all the same.
function later(beforeMs: number, nextMs: number): number {
  return nextMs > beforeMs ? nextMs : beforeMs + HOUR_MS
}

function isDay({ days, weekdays, anyDay }: CronFields, { day, weekday }: WallClock): boolean {
  return anyDay ? days.has(day) && weekdays.has(weekday) : days.has(day) || weekdays.has(weekday)
}
