import { describe, expect, it } from 'vitest'

import { jsonSyntaxError } from './json-syntax.ts'

const said = (text: string): string | undefined => jsonSyntaxError(Buffer.from(text))

describe('the words of Go for text that is no JSON', () => {
  it.each([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{x', "invalid character 'x' looking for beginning of object key string"],
    ['{"a"1}', "invalid character '1' after object key"],
    ['{"a":1 "b"', `invalid character '"' after object key:value pair`],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['tru!', "invalid character '!' in literal true (expecting 'e')"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
  ])('%j', (text, words) => {
    expect(said(text)).toBe(words)
  })

  it('prints a byte that is no ASCII as if it were a code point', () => {
    expect(jsonSyntaxError(Uint8Array.of(0xcf, 0x3c))).toBe(
      "invalid character 'Ï' looking for beginning of value",
    )
  })

  it('has nothing to say about JSON, and something about everything else', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'nul',
      ' ',
      '\\u00e9',
    ]
    for (let seed = 0; seed < 20_000; seed += 1) {
      const text = texts(seed, pieces)
      expect(`${text} ${said(text) === undefined}`).toBe(`${text} ${isJson(text)}`)
    }
  })
})

// Every number is a text: its digits to the base of the pieces, mixed so that neighbors differ.
function texts(seed: number, pieces: readonly string[]): string {
  let rest = Math.imul(seed + 1, 0x9e3779b1) >>> 0
  let text = ''
  for (; rest > 0; rest = Math.floor(rest / (pieces.length + 1))) text += pieces[rest % pieces.length] ?? ''
  return text
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
