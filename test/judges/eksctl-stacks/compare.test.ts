import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { compareStacks, unexplained, type Explanation, type MadeStack } from './compare.ts'

function stack(name: string, template: object, tags: Record<string, string> = {}): MadeStack {
  return { name, template, tags }
}

describe('compareStacks', () => {
  it('names what differs, by its path, and stacks that only one has', () => {
    const theirs = [
      stack('a', { Resources: { VPC: { Properties: { CidrBlock: '10.0.0.0/16' } } } }),
      stack('b', {}),
    ]
    const ours = [
      stack('a', { Resources: { VPC: { Properties: { CidrBlock: '10.1.0.0/16' } } } }, { mark: 'up' }),
      stack('c', {}),
    ]
    expect(compareStacks(theirs, ours)).toEqual([
      'a Resources.VPC.Properties.CidrBlock: theirs "10.0.0.0/16", ours "10.1.0.0/16"',
      'a Tags.mark: theirs nothing, ours "up"',
      'b: only theirs',
      'c: only ours',
    ])
  })

  it('minds no order where there is none', () => {
    const tags = [{ Key: 'a' }, { Key: 'b' }]
    expect(compareStacks([stack('a', { Tags: tags })], [stack('a', { Tags: tags.toReversed() })])).toEqual([])
    expect(compareStacks([stack('a', { Steps: [1, 2] })], [stack('a', { Steps: [2, 1] })])).toHaveLength(2)
  })
})

describe('unexplained', () => {
  it('leaves what nothing explains, and tells which explanations serve', () => {
    const used = new Set<string>()
    const explanations = [
      { pattern: 'Description', why: '' },
      { pattern: 'Version', why: '' },
    ]
    expect(unexplained(['a Description: x', 'a VPC: y'], explanations, used)).toEqual(['a VPC: y'])
    expect([...used]).toEqual(['Description'])
  })

  it('has patterns that are regular expressions, each with a reason', () => {
    const text = readFileSync(new URL('./explained.json', import.meta.url), 'utf8')
    for (const { pattern, why } of JSON.parse(text) as readonly Explanation[]) {
      expect(() => new RegExp(pattern)).not.toThrow()
      expect(why).not.toBe('')
    }
  })
})
