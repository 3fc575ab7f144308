import { describe, expect, test } from 'vitest'

import { paginate } from './paging.ts'
import { childOf, escapeXml, parseXml } from './xml.ts'

describe('parsing', () => {
  test('keeps texts and order, and drops declarations, comments and attributes', () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<!-- a > b --><A x="1" y="/"><B>1</B><C/><B>2 &amp; &#x41;&#66;</B></A>',
    )
    expect(root.name).toBe('A')
    expect(root.children.map(({ name, text }) => [name, text])).toEqual([
      ['B', '1'],
      ['C', ''],
      ['B', '2 & AB'],
    ])
    expect(childOf(root, 'B')?.text).toBe('1')
    expect(childOf(undefined, 'B')).toBeUndefined()
  })

  test('gives back what was escaped', () => {
    const text = `<a href="x">&amp; \r\n'ü'</a>`
    expect(parseXml(`<T>${escapeXml(text)}</T>`).text).toBe(text)
  })

  test.each(['', 'plain', '<A><B></A></B>', '<A>', '{"json":true}'])('refuses %j', (text) => {
    expect(() => parseXml(text)).toThrow(/XML/)
  })
})

describe('paging', () => {
  test('visits everything once whatever the page size', () => {
    const items = Array.from({ length: 17 }, (_, index) => index)
    for (const limit of [1, 2, 5, 16, 17, 100]) {
      const seen: number[] = []
      let token: string | undefined
      do {
        const page = paginate(items, { limit, ...(token === undefined ? {} : { token }) })
        seen.push(...page.items)
        token = page.token
      } while (token !== undefined)
      expect(seen, `pages of ${limit}`).toEqual(items)
    }
  })

  test('refuses a token that it did not give out', () => {
    expect(() => paginate([1], { token: 'forged', tokenCode: 'InvalidParameterException' })).toThrow(
      expect.objectContaining({ code: 'InvalidParameterException' }) as Error,
    )
  })
})
