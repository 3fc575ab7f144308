import { describe, expect, it } from 'vitest'

import { wrap, wrapLines } from './wrap.ts'

describe('wrap', () => {
  it('breaks at spaces, and never a word', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('see http://a.very.long.name now', 10)).toEqual(['see', 'http://a.very.long.name', 'now'])
  })

  it('counts what is seen: colours are nothing, Chinese characters two', () => {
    expect(wrap('\x1b[31mone\x1b[39m two', 7)).toHaveLength(1)
    expect(wrap('集群 集群', 8)).toEqual(['集群', '集群'])
  })
})

describe('wrapLines', () => {
  it.each([
    ['short', 'short'],
    ['  two words that go on', '  two words\n  that go on'],
    ['✖ two words that go on', '✖ two words\n  that go on'],
    ['  node  two words too', '  node  two\n        words\n        too'],
    ['a line\nand one that is long', 'a line\nand one that\nis long'],
  ])('keeps %j where it begins', (text, expected) => {
    expect(wrapLines(text, 13)).toBe(expected)
  })

  it('leaves all as it is where nobody looks', () => {
    const text = 'word '.repeat(100)
    expect(wrapLines(text, Infinity)).toBe(text)
  })
})
