// Owns the text form of completion indexes, such as `1,3-5,7`, and sets of them as ordered intervals.
// Source: kubernetes pkg/controller/job/indexed_job_utils.go, pkg/apis/batch/validation/validation.go.

/** Indexes from the first to the last, both included. */
export type Interval = readonly [first: number, last: number]

/** Intervals in ascending order that neither touch nor overlap. */
export type Intervals = readonly Interval[]

/** Thrown by `parseIndexes` with what Kubernetes says about the text. */
export class IndexesError extends Error {}

/**
 * Reads a text such as `1,3-5` strictly.
 * @throws IndexesError for anything that is no ascending list of indexes below `completions`
 */
export function parseIndexes(text: string, completions: number): Intervals {
  if (text === '') return []
  const found: Interval[] = []
  for (const part of text.split(',')) {
    const interval = parseInterval(part, completions)
    const last = found.at(-1)?.[1]
    if (last !== undefined && last >= interval[0]) throw nonIncreasing(last, interval[0])
    found.push(interval)
  }
  return merge(found, [])
}

function parseInterval(text: string, completions: number): Interval {
  const limits = text.split('-')
  if (limits.length > 2) {
    throw new IndexesError(
      `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`,
    )
  }
  const [first = 0, last] = limits.map((limit) => parseIndex(limit, completions))
  if (last === undefined) return [first, first]
  if (first >= last) throw nonIncreasing(first, last)
  return [first, last]
}

function parseIndex(text: string, completions: number): number {
  if (!/^[-+]?\d+$/.test(text)) {
    throw new IndexesError(`cannot convert string to integer for index: ${JSON.stringify(text)}`)
  }
  const index = Number(text)
  if (index >= completions) throw new IndexesError(`too large index: ${JSON.stringify(text)}`)
  return index
}

function nonIncreasing(previous: number, current: number): IndexesError {
  return new IndexesError(`non-increasing order, previous: ${previous}, current: ${current}`)
}

/** Reads what a status holds: what is beyond `completions`, or no index at all, is left out. */
export function readIndexes(text: string | undefined, completions: number): Intervals {
  if (!text) return []
  const found: Interval[] = []
  for (const part of text.split(',')) {
    const [first = Number.NaN, last = first] = part.split('-').map(Number)
    if (Number.isInteger(first) && Number.isInteger(last) && first < completions) {
      found.push([first, Math.min(last, completions - 1)])
    }
  }
  return merge(found, [])
}

/** The text of intervals: two neighbors are listed, longer runs get a hyphen. */
export function formatIndexes(intervals: Intervals): string {
  return intervals
    .map(([first, last]) => {
      if (first === last) return String(first)
      return `${first}${last === first + 1 ? ',' : '-'}${last}`
    })
    .join(',')
}

/** All indexes of both; each list in ascending order. */
export function merge(a: Intervals, b: Intervals): Intervals {
  const result: [number, number][] = []
  for (const [first, last] of [...a, ...b].toSorted((x, y) => x[0] - y[0])) {
    const previous = result.at(-1)
    if (!previous || first > previous[1] + 1) result.push([first, last])
    else previous[1] = Math.max(previous[1], last)
  }
  return result
}

/** Intervals of the indexes, given in any order. */
export function intervalsOf(indexes: Iterable<number>): Intervals {
  return merge(
    Array.from(indexes, (index): Interval => [index, index]),
    [],
  )
}

/** How many indexes there are. */
export function countIndexes(intervals: Intervals): number {
  return intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

/** True when the index is among them. */
export function hasIndex(intervals: Intervals, index: number): boolean {
  let low = 0
  let high = intervals.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((intervals[middle]?.[1] ?? 0) >= index) high = middle
    else low = middle + 1
  }
  const found = intervals[low]
  return found !== undefined && found[0] <= index
}

/** The indexes in both. */
export function common(a: Intervals, b: Intervals): Intervals {
  const found: Interval[] = []
  let i = 0
  let j = 0
  for (;;) {
    const left = a[i]
    const right = b[j]
    if (!left || !right) return found
    const both: Interval = [Math.max(left[0], right[0]), Math.min(left[1], right[1])]
    if (both[0] <= both[1]) found.push(both)
    if (left[1] <= right[1]) i += 1
    if (right[1] <= left[1]) j += 1
  }
}

/** The first `count` indexes below `completions` that are not among the intervals. */
export function firstMissing(intervals: Intervals, count: number, completions: number): number[] {
  const result: number[] = []
  let candidate = 0
  for (const [first, last] of [...intervals, [completions, completions] as const]) {
    for (; candidate < Math.min(first, completions) && result.length < count; candidate += 1) {
      result.push(candidate)
    }
    candidate = Math.max(candidate, last + 1)
  }
  return result
}
