import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'

import { valueReader } from './yaml-values.ts'

const asked: string[] = []
const read = valueReader((text) => {
  asked.push(text)
  const value: unknown = parseDocument(`- ${text}`, { version: '1.1', logLevel: 'error' }).toJS()
  return Array.isArray(value) ? value[0] : undefined
})

describe('reads', () => {
  it.each<[string, string, unknown]>([
    ['maps and lists', 'a:\n- b: 1\n  c: {d: [e]}\n', { a: [{ b: 1, c: { d: ['e'] } }] }],
    ['texts of several lines', 'a: |\n  b\n  c\nd: >\n  e\n  f\n', { a: 'b\nc\n', d: 'e f\n' }],
    [
      'scalars as the resolver says',
      'a: yes\nb: 017\nc: ~\nd: -1.5\ne:\n',
      { a: true, b: 15, c: null, d: -1.5, e: null },
    ],
    ['quoted scalars as texts', `a: "017"\nb: 'yes'\n`, { a: '017', b: 'yes' }],
    ['what looks like the end of a document', 'a: ---\nb: ...\n', { a: '---', b: '...' }],
  ])('%s', (_, text, value) => {
    expect(read(text)).toEqual(value)
  })

  it('what begins with a letter without asking, and the same text once', () => {
    asked.length = 0
    read('a: web\nb: 41\nc: 41\nd: "42"\n')
    expect(asked).toEqual(['41'])
  })
})

describe('leaves to the other library', () => {
  it.each<[string, string]>([
    ['anchors and aliases', 'a: &x {b: 1}\nc: *x\n'],
    ['merge keys', 'a:\n  <<: {b: 1}\n'],
    ['keys that are no texts', 'on: push\n'],
    ['keys that occur twice', 'a: 1\na: 2\n'],
    ['keys of every object', 'constructor: 1\n'],
    ['tags of its own', 'a: !Ref b\n'],
    ['several documents', 'a: 1\n---\nb: 2\n'],
    ['no document', '# nothing\n'],
    ['what is wrong', 'a: [1\n'],
  ])('%s', (_, text) => {
    expect(read(text)).toBeUndefined()
  })
})
