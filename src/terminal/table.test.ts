import { stripVTControlCharacters } from 'node:util'

import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'

import { renderTable, type Column } from './table.ts'
import { captured } from './testing/captured.ts'

const { terminal } = captured()
const headed = (...headings: string[]): Column[] => headings.map((heading) => ({ heading }))
const coloured = captured({ environment: { FORCE_COLOR: '1' } }).terminal

describe('renderTable', () => {
  it('makes columns as wide as they need to be', () => {
    const rows = [
      ['nginx-ec2', '2/2', 'EC2'],
      ['api', '10/10', ''],
    ]
    expect(renderTable(terminal, { columns: headed('WORKLOAD', 'READY', 'COMPUTE'), rows: rows })).toBe(
      ['WORKLOAD    READY   COMPUTE', 'nginx-ec2   2/2     EC2', 'api         10/10'].join('\n'),
    )
  })

  it('measures what is seen of a coloured cell', () => {
    const rows = [
      [coloured.paint('green', '200'), 'http://a'],
      ['-', 'http://b'],
    ]
    const table = renderTable(coloured, { columns: headed('STATUS', 'URL'), rows: rows })
    expect(table).toContain('\x1b[32m200\x1b[39m')
    expect(stripVTControlCharacters(table)).toBe(
      ['STATUS   URL', '200      http://a', '-        http://b'].join('\n'),
    )
  })

  it('leaves nothing dim behind a cell that was cut', () => {
    const columns: Column[] = [{ heading: 'A' }, { heading: 'BECAUSE', narrow: { cut: 4 } }]
    const rows = [['x', coloured.paint('dim', 'a long reason')]]
    const [, line = ''] = renderTable({ ...coloured, columns: 12 }, { columns, rows }).split('\n')
    expect(line.split('\x1b[2m')).toHaveLength(2)
    expect(line.endsWith('\x1b[22m')).toBe(true)
  })

  it('shows headings alone where there are no rows, and short rows as they are', () => {
    expect(renderTable(terminal, { columns: headed('A', 'B'), rows: [] })).toBe('A   B')
    expect(renderTable(terminal, { columns: headed('A', 'B'), rows: [['x']] })).toBe('A   B\nx')
  })

  it('ends figures at the same place', () => {
    const rows = [
      ['a', '1'],
      ['b', '100'],
    ]
    expect(
      renderTable(terminal, { columns: [{ heading: 'X' }, { heading: 'COUNT', right: true }], rows }),
    ).toBe(['X   COUNT', 'a       1', 'b     100'].join('\n'))
  })

  describe('on a narrow terminal', () => {
    const columns: readonly Column[] = [
      { heading: 'NAME', narrow: { cut: 6 } },
      { heading: 'COUNT', right: true },
      { heading: 'WHY', narrow: { cut: 8, drop: true } },
      { heading: 'URL', narrow: 'below' },
    ]
    const rows = [
      ['long-name', '12', 'because of it', 'http://a.example http://b.example'],
      ['名字', '3', '', ''],
    ]
    const at = (width: number, table: Parameters<typeof renderTable>[1] = { columns, rows }): string[] =>
      renderTable(captured({ tty: { out: true }, columns: width }).terminal, table).split('\n')

    it('puts what must stay whole below its row, each word on a line', () => {
      expect(at(40)).toEqual([
        'NAME        COUNT   WHY',
        'long-name      12   because of it',
        '  http://a.example',
        '  http://b.example',
        '名字            3',
      ])
    })

    it('cuts a column as far as it says, or leaves it out', () => {
      expect(at(30)).toEqual([
        'NAME        COUNT   WHY',
        'long-name      12   because o…',
        '  http://a.example',
        '  http://b.example',
        '名字            3',
      ])
      expect(at(27)[1]).toBe('long-name      12')
      expect(at(15)[1]).toBe('long-n…      12')
      expect(at(5)[1]).toBe('long-…      12')
    })

    it('never exceeds the terminal while a column can give way', () => {
      for (let width = 14; width < 90; width++) {
        const inTable = at(width).filter((line) => !line.startsWith('  http'))
        expect(Math.max(...inTable.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width)
      }
    })

    describe('with names', () => {
      const names: readonly Column[] = [
        { heading: 'NAMESPACE', narrow: { wrap: 8 } },
        { heading: 'WORKLOAD', narrow: { wrap: 8 } },
        { heading: 'PODS', right: true },
        { heading: 'SIZE', narrow: { drop: 'last' } },
        { heading: 'WHY', narrow: { cut: 10, drop: true } },
        { heading: 'URL', narrow: 'below' },
      ]
      const of = [
        ['shop', 'Deployment orders-api', '2', '0.25vCPU', 'because of it', 'http://a.example'],
        ['warehouse', 'Job nightly', '1', '1vCPU', '', ''],
      ]
      const named = (width: number): string[] => at(width, { columns: names, rows: of })

      it('leaves out first what may go, then lets names go on in a second line, word by word', () => {
        expect(named(52)).toEqual([
          'NAMESPACE   WORKLOAD                PODS   SIZE',
          'shop        Deployment orders-api      2   0.25vCPU',
          '  http://a.example',
          'warehouse   Job nightly                1   1vCPU',
        ])
        expect(named(42)).toEqual([
          'NAMESPACE   WORKLOAD       PODS   SIZE',
          'shop        Deployment        2   0.25vCPU',
          '              orders-api',
          '  http://a.example',
          'warehouse   Job nightly       1   1vCPU',
        ])
      })

      it('leaves out what may go last before it breaks names, and loses nothing of them', () => {
        expect(named(32)).toEqual([
          'NAMESPACE   WORKLOAD        PODS',
          'shop        Deployment         2',
          '              orders-api',
          '  http://a.example',
          'warehouse   Job nightly        1',
        ])
        expect(named(24).slice(1)).toEqual([
          'shop       Deployme      2',
          '             nt ord',
          '             ers-',
          '             api',
          '  http://a.example',
          'warehous   Job nigh      1',
          '  e          tly',
        ])
      })

      it('keeps colours over the lines of a name', () => {
        const [, ...lines] = renderTable(
          { ...coloured, columns: 12 },
          {
            columns: [{ heading: 'A', narrow: { wrap: 4 } }],
            rows: [[coloured.paint('bold', 'orders-api-of-all')]],
          },
        ).split('\n')
        expect(lines.map(stripVTControlCharacters)).toEqual(['orders-api-', '  of-all'])
        for (const line of lines)
          expect([line.includes('\x1b[1m'), line.endsWith('\x1b[22m')]).toEqual([true, true])
      })
    })
  })
})
