import { describe, expect, it } from 'vitest'

import { validateRules } from './cel-rules.ts'
import type { JsonSchema, Rule } from './json-schema.ts'

function schemaWith(...rules: Rule[]): JsonSchema {
  return {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          list: { type: 'array', items: { type: 'integer' } },
          text: { type: 'string' },
        },
        'x-kubernetes-validations': rules,
      },
    },
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const DEAR = 'self.list.all(x, self.list.all(y, x + y >= 0))'

describe('a rule that takes too long', () => {
  it('is interrupted, and no further ones are looked at', () => {
    const schema = schemaWith({ rule: DEAR }, { rule: 'false' })
    const started = performance.now()
    const errors = validateRules(schema, { spec: { list: numbers(5_000) } }, undefined)
    expect(performance.now() - started).toBeLessThan(3_000)
    expect(errors.map(({ field, detail }) => `${field}: ${detail}`)).toEqual([
      `spec: Invalid value: "object": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${DEAR}`,
    ])
  })

  it('is not saved by a logical operator that drops errors', () => {
    const schema = schemaWith({ rule: `${DEAR} || true` }, { rule: `self.list.exists(z, ${DEAR} || z == 0)` })
    const [error] = validateRules(schema, { spec: { list: numbers(2_000) } }, undefined)
    expect(error?.detail).toContain('call cost exceeds limit')
  })

  it('is let through where the list is short', () => {
    expect(validateRules(schemaWith({ rule: DEAR }), { spec: { list: numbers(100) } }, undefined)).toEqual([])
  })
})

describe('the rules of one object', () => {
  it('share a budget', () => {
    // Each takes some 600,000 of the ten million.
    const rules = numbers(20).map((i) => ({ rule: `${DEAR} && ${i} >= 0` }))
    const errors = validateRules(schemaWith(...rules), { spec: { list: numbers(280) } }, undefined)
    expect(errors.map(({ detail }) => detail)).toEqual([
      'Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
    ])
  })
})

describe('a message expression', () => {
  it('speaks for its rule', () => {
    const schema = schemaWith({ rule: 'false', messageExpression: '"size " + string(self.list.size())' })
    expect(validateRules(schema, { spec: { list: [1, 2] } }, undefined)[0]?.detail).toBe(
      'Invalid value: size 2',
    )
  })

  it('that takes too long leaves the word to the rule, and ends the checks', () => {
    const messageExpression = `${DEAR} ? "a" : "b"`
    const schema = schemaWith({ rule: 'false', message: 'no', messageExpression }, { rule: 'false' })
    const errors = validateRules(schema, { spec: { list: numbers(2_000) } }, undefined)
    expect(errors.map(({ detail }) => detail)).toEqual(['Invalid value: no'])
  })
})

describe('patterns of expressions', () => {
  it('take time that grows with the text alone', () => {
    const schema = schemaWith({ rule: "!self.text.matches('^(a+)+$')" })
    const started = performance.now()
    expect(validateRules(schema, { spec: { text: `${'a'.repeat(3_000)}b` } }, undefined)).toEqual([])
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
