import { stripVTControlCharacters } from 'node:util'

import { describe, expect, it } from 'vitest'

import { renderTable } from './table.ts'
import { captured } from './testing/captured.ts'

const { terminal } = captured()
const coloured = captured({ environment: { FORCE_COLOR: '1' } }).terminal

describe('renderTable', () => {
  it('makes columns as wide as they need to be', () => {
    const rows = [
      ['nginx-ec2', '2/2', 'EC2'],
      ['api', '10/10', ''],
    ]
    expect(renderTable(terminal, { headings: ['WORKLOAD', 'READY', 'COMPUTE'], rows: rows })).toBe(
      ['WORKLOAD    READY   COMPUTE', 'nginx-ec2   2/2     EC2', 'api         10/10'].join('\n'),
    )
  })

  it('measures what is seen of a coloured cell', () => {
    const rows = [
      [coloured.paint('green', '200'), 'http://a'],
      ['-', 'http://b'],
    ]
    const table = renderTable(coloured, { headings: ['STATUS', 'URL'], rows: rows })
    expect(table).toContain('\x1b[32m200\x1b[39m')
    expect(stripVTControlCharacters(table)).toBe(
      ['STATUS   URL', '200      http://a', '-        http://b'].join('\n'),
    )
  })

  it('shows headings alone where there are no rows, and short rows as they are', () => {
    expect(renderTable(terminal, { headings: ['A', 'B'], rows: [] })).toBe('A   B')
    expect(renderTable(terminal, { headings: ['A', 'B'], rows: [['x']] })).toBe('A   B\nx')
  })

  it('ends figures at the same place', () => {
    const rows = [
      ['a', '1'],
      ['b', '100'],
    ]
    expect(renderTable(terminal, { headings: ['X', 'COUNT'], rows, right: [1] })).toBe(
      ['X   COUNT', 'a       1', 'b     100'].join('\n'),
    )
  })
})
