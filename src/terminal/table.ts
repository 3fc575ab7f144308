// Owns tables: borderless columns, which survive being piped, pasted and read aloud; headings as kubectl prints them.
import Table from 'cli-table3'
import stringWidth from 'string-width'

import type { Look } from './terminal.ts'

/** A column, and what becomes of it where the terminal is too narrow for all of them. */
export interface Column {
  readonly heading: string
  /** Its cells end at the same place, as figures do. */
  readonly right?: true
  /**
   * `below`: its cells stand on lines of their own, whole, as a URL has to be. `cut`: they end in `…`, and keep so many
   * characters at least. `drop`: it is left out where cutting does not help. Without any of them it stays as it is.
   */
  readonly narrow?: 'below' | { readonly cut?: number; readonly drop?: true }
}

/** A column of the table at hand, and how wide it is shown: 0 when it is left out, or stands below. */
interface Fitted extends Column {
  readonly index: number
  readonly shown: number
}

const GAP = 3
const INDENT = '  '
const PARTS = ['top', 'bottom', 'left', 'mid', 'right'].flatMap((side) =>
  ['', '-mid', '-left', '-right'].map((end) => side + end),
)
const NO_LINES = Object.fromEntries([...PARTS, 'middle'].map((part) => [part, '']))

/**
 * Lays out rows under headings, no wider than the terminal as far as its columns give way. Cells may carry colour: their
 * visible width counts.
 */
export function renderTable(
  look: Look,
  { columns, rows }: { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] },
): string {
  const fitted = fit(columns, { rows, width: look.columns })
  const inTable = fitted.filter(({ shown }) => shown > 0)
  const below = fitted.filter(({ shown, narrow }) => shown === 0 && narrow === 'below')
  const table = new Table({
    head: inTable.map(({ heading }) => look.paint('bold', heading)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    colAligns: inTable.map(({ right }) => (right ? 'right' : 'left')),
    colWidths: inTable.map(({ shown }) => shown + GAP),
    chars: NO_LINES,
  })
  table.push(...rows.map((row) => inTable.map(({ index }) => row[index] ?? '')))
  const [head = '', ...lines] = table
    .toString()
    .split('\n')
    .map((line) => undimmed(line.trimEnd()))
  const body = lines.flatMap((line, at) => [
    line,
    ...below.flatMap(({ index }) => indented(rows[at]?.[index])),
  ])
  return [head, ...body].join('\n')
}

const [DIM, NOT_DIM] = ['\x1b[2m', '\x1b[22m']

/** A line that ends as bright as it began: of a cell that was cut, what follows the cut is lost, the end of `dim` with it. */
function undimmed(line: string): string {
  return line.lastIndexOf(DIM) > line.lastIndexOf(NOT_DIM) ? line + NOT_DIM : line
}

function indented(cell: string | undefined): string[] {
  return cell ? cell.split(' ').map((part) => INDENT + part) : []
}

function fit(
  columns: readonly Column[],
  { rows, width }: { readonly rows: readonly (readonly string[])[]; readonly width: number },
): readonly Fitted[] {
  const natural = columns.map((column, index): Fitted => {
    const cells = [column.heading, ...rows.map((row) => row[index] ?? '')]
    return { ...column, index, shown: Math.max(...cells.map((cell) => stringWidth(cell))) }
  })
  if (excess(natural, width) <= 0) return natural
  const hidden = new Set(natural.filter(({ narrow }) => narrow === 'below').map(({ index }) => index))
  for (;;) {
    const left = natural.map((column) => (hidden.has(column.index) ? { ...column, shown: 0 } : column))
    const optional = cut(left, { width, which: drops })
    if (excess(optional, width) <= 0) return optional
    const next = left.findLast((column) => column.shown > 0 && drops(column))
    if (!next) return cut(left, { width, which: (column) => !drops(column) })
    hidden.add(next.index)
  }
}

/** The columns with some of them as narrow as they have to be, and may be, from the right. */
function cut(
  columns: readonly Fitted[],
  { width, which }: { readonly width: number; readonly which: (column: Column) => boolean },
): readonly Fitted[] {
  return columns.filter(which).reduceRight((now, { index, shown, narrow }) => {
    const least = typeof narrow === 'object' ? (narrow.cut ?? shown) : shown
    const wanted = Math.min(shown, Math.max(least, shown - Math.max(0, excess(now, width))))
    return now.map((column) => (column.index === index ? { ...column, shown: wanted } : column))
  }, columns)
}

function drops({ narrow }: Column): boolean {
  return typeof narrow === 'object' && narrow.drop === true
}

/** By how many characters the columns that are shown are wider than the terminal. */
function excess(columns: readonly Fitted[], width: number): number {
  const shown = columns.filter((column) => column.shown > 0)
  return shown.reduce((sum, column) => sum + column.shown + GAP, -GAP) - width
}
