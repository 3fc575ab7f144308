// Owns tables: borderless columns, which survive being piped, pasted and read aloud; headings as kubectl prints them.
import Table from 'cli-table3'

import type { Look } from './terminal.ts'

const GAP = 3
const PARTS = ['top', 'bottom', 'left', 'mid', 'right'].flatMap((side) =>
  ['', '-mid', '-left', '-right'].map((end) => side + end),
)
const NO_LINES = Object.fromEntries([...PARTS, 'middle'].map((part) => [part, '']))

/**
 * Lays out rows under headings. Cells may carry colour: their visible width counts.
 * @param right columns whose cells end at the same place, as figures do
 */
export function renderTable(
  look: Look,
  {
    headings,
    rows,
    right = [],
  }: {
    readonly headings: readonly string[]
    readonly rows: readonly (readonly string[])[]
    readonly right?: readonly number[]
  },
): string {
  const table = new Table({
    head: headings.map((text) => look.paint('bold', text)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    colAligns: headings.map((_, column) => (right.includes(column) ? 'right' : 'left')),
    chars: NO_LINES,
  })
  table.push(...rows.map((row) => headings.map((_, column) => row[column] ?? '')))
  const lines = table.toString().split('\n')
  return lines.map((line) => line.trimEnd()).join('\n')
}
