// Owns unified diffs of short texts, as Go programs print them in error messages (three lines of context).

const CONTEXT = 3

interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly text: string
}

/** The hunks of a unified diff of two texts, without a header; empty when they are the same. */
export function unifiedDiff(before: string, after: string): string {
  const lines = compare(before.split('\n'), after.split('\n'))
  const changed = lines.flatMap(({ mark }, i) => (mark === ' ' ? [] : [i]))
  const ranges: { start: number; end: number }[] = []
  for (const index of changed) {
    const last = ranges.at(-1)
    const start = Math.max(0, index - CONTEXT)
    const end = Math.min(lines.length, index + CONTEXT + 1)
    if (last && start <= last.end) last.end = end
    else ranges.push({ start, end })
  }
  return ranges.map((range) => hunk(lines, range)).join('')
}

function hunk(lines: readonly Line[], { start, end }: { start: number; end: number }): string {
  const shown = lines.slice(start, end)
  const place = (mark: '-' | '+'): string => {
    const isOf = (line: Line): boolean => line.mark === ' ' || line.mark === mark
    const first = lines.slice(0, start).filter(isOf).length
    const count = shown.filter(isOf).length
    // As diff writes it: the line before a range that is empty, and no count of one.
    if (count === 1) return `${first + 1}`
    return `${count === 0 ? first : first + 1},${count}`
  }
  const body = shown.map(({ mark, text }) => `${mark}${text}\n`).join('')
  return `@@ -${place('-')} +${place('+')} @@\n${body}`
}

/** Both texts line by line, along a longest common subsequence. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  const common = commonLengths(before, after)
  const lines: Line[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ mark: ' ', text: before[i] ?? '' })
      i += 1
      j += 1
    } else if (j === after.length || (i < before.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      lines.push({ mark: '-', text: before[i] ?? '' })
      i += 1
    } else {
      lines.push({ mark: '+', text: after[j] ?? '' })
      j += 1
    }
  }
  return lines
}

function at(table: readonly (readonly number[])[], i: number, j: number): number {
  return table[i]?.[j] ?? 0
}

/** Length of the longest common subsequence of what follows each pair of places. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = before.map(() => after.map(() => 0))
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const row = table[i]
    if (!row) continue
    for (let j = after.length - 1; j >= 0; j -= 1) {
      row[j] =
        before[i] === after[j]
          ? at(table, i + 1, j + 1) + 1
          : Math.max(at(table, i + 1, j), at(table, i, j + 1))
    }
  }
  return table
}
