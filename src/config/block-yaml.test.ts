import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'

import { findBlock, readBlocks } from './block-yaml.ts'

const resolve = (text: string): unknown => parseDocument(text, { version: '1.1', logLevel: 'error' }).toJS()

/** The value that is read; undefined when it is left to the library. */
function read(text: string): unknown {
  return readBlocks(text, resolve)?.value
}

const asWritten: readonly [name: string, text: string, value: unknown][] = [
  ['maps in maps', 'a:\n  b:\n    c: d\n  e: f\ng: h\n', { a: { b: { c: 'd' }, e: 'f' }, g: 'h' }],
  ['lists of maps', 'a:\n  - b: 1\n    c: 2\n  - b: 3\n', { a: [{ b: 1, c: 2 }, { b: 3 }] }],
  ['lists as far in as their key', 'a:\n- b\n- c\nd: e\n', { a: ['b', 'c'], d: 'e' }],
  ['lists as far in as their key, in an item', '- a:\n  - b\n  c: d\n', [{ a: ['b'], c: 'd' }]],
  ['items behind more spaces', '-   a: b\n    c: d\n', [{ a: 'b', c: 'd' }]],
  ['comments between entries', '# x\na: b # c\n\n  # d\ne: f#g\n', { a: 'b', e: 'f#g' }],
  ['quoted texts without what ends them', `a: "1"\nb: 'yes: no'\n`, { a: '1', b: 'yes: no' }],
  ['empty collections', 'a: {}\nb: []\n', { a: {}, b: [] }],
  ['scalars that are no texts', 'a: yes\nb: 017\nc: ~\nd: -1.5\n', { a: true, b: 15, c: null, d: -1.5 }],
  [
    'texts that look like more',
    'a: http://x:80/y\nb: --c\nd: e, f]\n',
    { a: 'http://x:80/y', b: '--c', d: 'e, f]' },
  ],
  ['texts of other scripts', 'a: 你好\n', { a: '你好' }],
]

const left: readonly [name: string, text: string][] = [
  ['nothing', '\n# a\n'],
  ['one scalar', 'a\n'],
  ['flow collections', 'a: [b]\n'],
  ['an unfinished flow collection', 'a: {b\n'],
  ['texts of several lines', 'a: |\n  b\n'],
  ['a scalar that goes on', 'a: b\n  c\n'],
  ['an empty value', 'a:\nb: c\n'],
  ['an empty value at the end', 'a:\n'],
  ['an empty item', '-\n- a\n'],
  ['lists in lists', '- - a\n'],
  ['anchors and aliases', 'a: &b c\nd: *b\n'],
  ['tags', 'a: !!str 1\n'],
  ['escapes', 'a: "b\\n"\n'],
  ['quotes in quotes', "a: 'it''s'\n"],
  ['merge keys', 'a:\n  <<: b\n'],
  ['a key that occurs twice', 'a: b\na: c\n'],
  ['a key that is no text', 'on: push\n'],
  ['a key like a member of every object', 'constructor: a\n'],
  ['a colon in a scalar', 'a: b: c\n'],
  ['a colon at the end of a scalar', 'a: b:\n'],
  ['indentation that fits nothing', 'a:\n    b: c\n  d: e\n'],
  ['a list behind a map', 'a: b\n- c\n'],
  ['tabs', 'a:\tb\n'],
  ['carriage returns', 'a: b\r\n'],
  ['spaces that are letters to YAML', 'a: b\u00a0\n'],
]

describe('readBlocks', () => {
  it.each(asWritten.filter(([, , value]) => value !== undefined))('reads %s', (_, text, value) => {
    expect(read(text)).toEqual(value)
  })

  it.each(left)('leaves %s to the library', (_, text) => {
    expect(read(text)).toBeUndefined()
  })

  it('knows where values and keys stand, and what is written', () => {
    const root = readBlocks('a:\n  - b: "1"\n    c: 017\n', resolve)
    if (!root) throw new Error('not read')
    const find = (...path: (string | number)[]): object => {
      const { key, block } = findBlock(root, path)
      return [key.line, key.column, block.line, block.column, block.source]
    }
    expect(find()).toEqual([0, 0, 0, 0, undefined])
    expect(find('a')).toEqual([0, 0, 1, 2, undefined])
    expect(find('a', 0)).toEqual([1, 4, 1, 4, undefined])
    expect(find('a', 0, 'b')).toEqual([1, 4, 1, 7, '1'])
    expect(find('a', 0, 'c')).toEqual([2, 4, 2, 7, '017'])
    // The nearest ancestor of what is not there.
    expect(find('a', 0, 'd', 'e')).toEqual([1, 4, 1, 4, undefined])
  })
})
