import { describe, expect, it } from 'vitest'

import { InputValues } from './input-values.ts'

describe('values of an input', () => {
  const values = new InputValues({
    Name: 'shop',
    Arn: 'arn:aws:s3:::shop',
    Tags: [
      { Key: 'a', Value: 1 },
      { Key: 'b', Value: true },
    ],
    Deep: { Name: 'inner', Only: 'x' },
    Body: Buffer.from('abc'),
    At: new Date(0),
  })

  it.each([
    [['name'], ['shop']],
    [['only', 'name'], ['shop']],
    [['tags.key'], ['a', 'b']],
    [['VALUE'], ['1', 'true']],
    [['deep.name'], ['inner']],
    [['none', 'only'], ['x']],
    [['none'], []],
  ])('%j', (members, found) => {
    expect(values.of(members)).toEqual(found)
  })

  it('that are ARNs, at its top', () => {
    expect(values.arns()).toEqual(['arn:aws:s3:::shop'])
  })

  it('leave bytes and times as they are: millions of bytes are no members', () => {
    expect(values.of(['0'])).toEqual([])
    expect(values.of(['at', 'body'])).toEqual([])
  })
})
