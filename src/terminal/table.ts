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
   * characters at least. `drop`: it is left out where cutting does not help; `last`: only where names that go on in a
   * second line, word by word, don't either. `wrap`: as names, nothing of its cells is lost; they go on in further lines
   * of so many characters at least. Without any of them it stays as it is.
   */
  readonly narrow?:
    | 'below'
    | { readonly cut?: number; readonly drop?: true | 'last' }
    | { readonly wrap: number }
}

/** A column of the table at hand, and how wide it is shown: 0 when it is left out, or stands below. */
interface Fitted extends Column {
  readonly index: number
  readonly shown: number
}

const GAP = 3
const INDENT = '  '
/** Before what goes on in a further line of its cell. */
const FURTHER = '  '
const ESCAPE = '\x1b'
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
  const cells = rows.map((row) =>
    inTable.map(({ index, shown, narrow }) =>
      wraps(narrow) ? broken(row[index] ?? '', shown) : (row[index] ?? ''),
    ),
  )
  table.push(...cells)
  const [head = '', ...lines] = table
    .toString()
    .split('\n')
    .map((line) => undimmed(line.trimEnd()))
  let next = 0
  const body = cells.flatMap((row, at) => {
    const height = Math.max(...row.map((cell) => cell.split('\n').length))
    const own = lines.slice(next, next + height)
    next += height
    return [...own, ...below.flatMap(({ index }) => indented(rows[at]?.[index]))]
  })
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
  const isOptional = drops(true)
  const isLast = drops('last')
  for (;;) {
    const left = natural.map((column) => (hidden.has(column.index) ? { ...column, shown: 0 } : column))
    const optional = cut(left, { width, which: isOptional })
    if (excess(optional, width) <= 0) return optional
    const dropped = left.findLast((column) => column.shown > 0 && isOptional(column))
    const inWords = dropped
      ? optional
      : wrapped(left, { width, least: (column) => longestWord(column, rows) + FURTHER.length })
    if (!dropped && excess(inWords, width) <= 0) return inWords
    const next = dropped ?? left.findLast((column) => column.shown > 0 && isLast(column))
    if (!next) {
      const cutShort = cut(left, { width, which: (column) => !isOptional(column) })
      return wrapped(cutShort, { width, least: ({ narrow }) => (wraps(narrow) ? narrow.wrap : 0) })
    }
    hidden.add(next.index)
  }
}

/** The columns of names as narrow as they have to be, and may be, the widest first. */
function wrapped(
  columns: readonly Fitted[],
  { width, least }: { readonly width: number; readonly least: (column: Fitted) => number },
): readonly Fitted[] {
  let now = columns
  while (excess(now, width) > 0) {
    const giving = now.filter((column) => wraps(column.narrow) && column.shown > least(column))
    const widest = giving.toSorted((a, b) => b.shown - a.shown)[0]
    if (!widest) return now
    now = now.map((column) => (column === widest ? { ...column, shown: column.shown - 1 } : column))
  }
  return now
}

function longestWord({ index, heading }: Fitted, rows: readonly (readonly string[])[]): number {
  const words = [heading, ...rows.flatMap((row) => row[index]?.split(' ') ?? [])]
  return Math.max(...words.map((word) => stringWidth(word)))
}

function wraps(narrow: Column['narrow']): narrow is { readonly wrap: number } {
  return typeof narrow === 'object' && 'wrap' in narrow
}

/**
 * A cell in lines of a width, those after the first indented: broken between words, in words that are too long behind
 * `-`, `/` or `.`, else where the line ends.
 */
function broken(cell: string, width: number): string {
  const lines = ['']
  const add = (piece: string): boolean => {
    const line = (lines.at(-1) ?? '') + piece
    if (stringWidth(line.trimEnd()) > width) return false
    lines[lines.length - 1] = line
    return true
  }
  const addBelow = (piece: string): boolean => {
    lines.push(FURTHER)
    if (add(piece)) return true
    lines.pop()
    return false
  }
  for (const word of cell.split(/(?<= )/)) {
    if (add(word) || addBelow(word)) continue
    for (const piece of word.split(/(?<=[-/.])/)) {
      if (add(piece) || addBelow(piece)) continue
      for (const sign of signsOf(piece)) if (!add(sign)) addBelow(sign)
    }
  }
  return lines.map((line) => line.trimEnd()).join('\n')
}

const SIGNS = new Intl.Segmenter()

// A sequence that colours takes no room, and stays in one piece.
function signsOf(text: string): readonly string[] {
  return text.split(ESCAPE).flatMap((part, at) => {
    const end = at === 0 ? 0 : part.indexOf('m') + 1
    const signs = Array.from(SIGNS.segment(part.slice(end)), ({ segment }) => segment)
    return at === 0 ? signs : [ESCAPE + part.slice(0, end), ...signs]
  })
}

/** The columns with some of them as narrow as they have to be, and may be, from the right. */
function cut(
  columns: readonly Fitted[],
  { width, which }: { readonly width: number; readonly which: (column: Column) => boolean },
): readonly Fitted[] {
  return columns.filter(which).reduceRight((now, { index, shown, narrow }) => {
    const least = typeof narrow === 'object' && 'cut' in narrow ? (narrow.cut ?? shown) : shown
    const wanted = Math.min(shown, Math.max(least, shown - Math.max(0, excess(now, width))))
    return now.map((column) => (column.index === index ? { ...column, shown: wanted } : column))
  }, columns)
}

function drops(when: true | 'last'): (column: Column) => boolean {
  return ({ narrow }) => typeof narrow === 'object' && 'drop' in narrow && narrow.drop === when
}

/** By how many characters the columns that are shown are wider than the terminal. */
function excess(columns: readonly Fitted[], width: number): number {
  const shown = columns.filter((column) => column.shown > 0)
  return shown.reduce((sum, column) => sum + column.shown + GAP, -GAP) - width
}
