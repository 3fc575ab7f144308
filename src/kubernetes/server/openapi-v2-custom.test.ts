import { expect, it } from 'vitest'

import { customToV2 } from './openapi-v2-custom.ts'

const open = { 'x-kubernetes-preserve-unknown-fields': true }
const reference = { allOf: [{ $ref: '#/components/schemas/a.B' }], description: 'd' }

it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['a kind that keeps everything', { type: 'object', ...open, properties: { a: {} } }, { type: 'object' }],
  ['choices', { type: 'object', anyOf: [{}], oneOf: [{}], allOf: [{}, {}], not: {} }, { type: 'object' }],
  [
    'what stays',
    { type: 'string', enum: ['a'], default: 'a', pattern: '^a', maxLength: 1 },
    { type: 'string', enum: ['a'], default: 'a', pattern: '^a', maxLength: 1 },
  ],
  [
    'what may be null',
    {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'array', nullable: true, items: {} }, b: {} },
    },
    { type: 'object', required: ['b'], properties: { a: {}, b: {} } },
  ],
  [
    'fields that keep everything',
    { type: 'object', properties: { a: { type: 'object', ...open, properties: { b: {} } } } },
    { type: 'object', properties: { a: open } },
  ],
  [
    'lists and maps',
    { type: 'object', properties: { a: { type: 'array', items: { anyOf: [{}] } }, b: { type: 'array' } } },
    { type: 'object', properties: { a: { type: 'array', items: {} }, b: {} } },
  ],
  [
    'maps of what may be null',
    { type: 'object', required: ['a'], additionalProperties: { type: 'string', nullable: true } },
    { type: 'object', additionalProperties: {} },
  ],
  [
    'references',
    { type: 'object', properties: { metadata: reference, items: { $ref: '#/components/schemas/a.B' } } },
    {
      type: 'object',
      properties: {
        metadata: { $ref: '#/definitions/a.B', description: 'd' },
        items: { $ref: '#/definitions/a.B' },
      },
    },
  ],
])('version 2 has its own words for %s', (_what, published, expected) => {
  expect(JSON.parse(JSON.stringify(customToV2(published)))).toEqual(expected)
})
