// What kube-apiserver v1.35.4 estimates that rules cost; ../testing/rule-costs.jsonl holds its words.
import { describe, expect, it } from 'vitest'

import { recordedRows } from '../../../base/testing/recorded-rows.ts'
import type { JsonSchema } from './json-schema.ts'
import { RuleCosts } from './rule-costs.ts'
import { validateRuleDefinitions } from './rule-rules.ts'

interface Row {
  readonly rule: string
  readonly messageExpression?: string
  /** How many values the rule is for at most. */
  readonly times: number
  readonly what: string
  readonly factor: string
}

const rows = recordedRows<Row>(new URL('../testing/rule-costs.jsonl', import.meta.url))

const properties: Readonly<Record<string, JsonSchema>> = {
  s: { type: 'string' },
  s100: { type: 'string', maxLength: 100 },
  e: { type: 'string', enum: ['aa', 'bbbb'] },
  i: { type: 'integer' },
  b: { type: 'boolean' },
  n: { type: 'number' },
  d: { type: 'string', format: 'date-time' },
  by: { type: 'string', format: 'byte' },
  du: { type: 'string', format: 'duration' },
  ls: { type: 'array', items: { type: 'string' } },
  ls10: { type: 'array', maxItems: 1000, items: { type: 'string', maxLength: 50 } },
  li: { type: 'array', maxItems: 1000, items: { type: 'integer' } },
  lo: {
    type: 'array',
    maxItems: 500,
    items: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', maxLength: 20 },
        v: { type: 'integer' },
        tags: { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 10 } },
      },
    },
  },
  m: { type: 'object', maxProperties: 100, additionalProperties: { type: 'string', maxLength: 30 } },
  mu: { type: 'object', additionalProperties: { type: 'string' } },
  ios: { 'x-kubernetes-int-or-string': true },
  o: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } } },
}

describe('the cost of a rule', () => {
  it.each(rows)('$rule, $times times', ({ rule, messageExpression, times, what, factor }) => {
    const rules = [{ rule, ...(messageExpression === undefined ? {} : { messageExpression }) }]
    const items: JsonSchema = { type: 'object', properties, 'x-kubernetes-validations': rules }
    const schema: JsonSchema = { type: 'array', maxItems: times, items }
    const errors = validateRuleDefinitions(schema, 'schema')
    const advice =
      '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)'
    expect(errors[0]?.detail).toBe(`Forbidden: ${what} exceeds budget by factor of ${factor} ${advice}`)
  })

  it('is no reason to refuse one that is cheap', () => {
    const schema: JsonSchema = {
      type: 'object',
      properties,
      'x-kubernetes-validations': [{ rule: 'self.i > 3' }],
    }
    expect(validateRuleDefinitions(schema, 'schema')).toEqual([])
  })
})

describe('the cost of all rules of a definition', () => {
  it('names the four dearest, and not those below a hundredth', () => {
    const costs = new RuleCosts()
    for (const [i, millions] of [30, 40, 0.5, 20, 35, 25].entries())
      costs.observe(`a[${i}].rule`, millions * 1e6)
    const errors = costs.errors('schema')
    expect(errors.map(({ field }) => field)).toEqual([
      'a[1].rule',
      'a[4].rule',
      'a[0].rule',
      'a[5].rule',
      'schema',
    ])
    expect(errors[4]?.detail).toContain('exceeds budget by factor of 1.5x (')
  })

  it('is within the limit when each is a tenth of it', () => {
    const costs = new RuleCosts()
    for (let i = 0; i < 10; i += 1) expect(costs.observe('a.rule', 1e7)).toEqual([])
    expect(costs.errors('schema')).toEqual([])
  })
})
