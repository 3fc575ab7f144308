import { expect, it } from 'vitest'

import { decodeObject } from './decode.ts'
import { schemaOf } from './object-schema.ts'
import { decodeProtobuf, encodeProtobuf } from './protobuf.ts'

const schema = {
  type: 'object',
  default: { any: [1, 'x', null] },
  enum: ['a', 1, null],
  properties: {
    list: { type: 'array', items: { type: 'string' } },
    tuple: { type: 'array', items: [{ type: 'string' }, { type: 'integer' }] },
    map: { type: 'object', additionalProperties: { type: 'integer' } },
    open: { type: 'object', additionalProperties: true },
    closed: { type: 'object', additionalProperties: false },
    nested: { items: { additionalProperties: { items: { type: 'number', minimum: 0 } } } },
  },
  dependencies: { a: ['b', 'c'], d: { type: 'string' } },
}

it('carries the schemas of custom resource definitions there and back', () => {
  const spec = {
    group: 'ex.com',
    names: { plural: 'foos', kind: 'Foo' },
    scope: 'Cluster',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  }
  const bytes = encodeProtobuf('apiextensions/v1.CustomResourceDefinition', {
    metadata: { name: 'foos.ex.com' },
    spec,
  })
  expect(decodeProtobuf(bytes).json).toMatchObject({ kind: 'CustomResourceDefinition', spec })
})

it('reads what Go writes out although it is empty as if it were not there', () => {
  const versions = (properties: object): object[] => [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } } },
  ]
  const written = { id: '', type: 'array', items: { id: '', $ref: null, type: 'string', uniqueItems: false } }
  const read = { type: 'array', items: { type: 'string' } }
  const schema = schemaOf('apiextensions/v1.CustomResourceDefinition')
  const spec = { group: 'ex.com', scope: 'Cluster', versions: versions({ a: written }) }
  const { object } = decodeObject<{ spec: { versions: unknown } }>(
    schema,
    { spec },
    { fieldValidation: 'Strict' },
  )
  expect(object.spec.versions).toEqual(versions({ a: read }))
})
