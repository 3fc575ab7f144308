// Owns tables on the terminal: columns as wide as they need to be, no lines, headings as kubectl prints them.
import { stripVTControlCharacters } from 'node:util'

import type { Terminal } from './output.ts'

const GAP = '   '

/** Lays out rows under headings. Cells may carry colour: their visible width counts. */
export function renderTable(
  terminal: Terminal,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => visibleWidth(row[column] ?? ''))),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleWidth(cell)))
      .join(GAP)
      .trimEnd()
  return [terminal.paint('bold', line(headings)), ...rows.map(line)].join('\n')
}

function visibleWidth(text: string): number {
  return stripVTControlCharacters(text).length
}
