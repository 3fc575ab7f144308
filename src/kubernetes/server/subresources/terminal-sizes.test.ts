import { expect, it } from 'vitest'

import { TerminalSizes } from './terminal-sizes.ts'

it('reads sizes however they are cut, and nothing else', () => {
  const sizes = new TerminalSizes()
  const read = (text: string): readonly object[] => sizes.read(Buffer.from(text))
  expect(read('{"Width":80,"Height":24}\n')).toEqual([{ columns: 80, rows: 24 }])
  expect(read('{"Width":1')).toEqual([])
  expect(read('00,"Height":30}{"Width":90,"Height":31}')).toEqual([
    { columns: 100, rows: 30 },
    { columns: 90, rows: 31 },
  ])
  expect(read('{"Width":"wide"}{oops}')).toEqual([])
})
