// Every operation of every service declares its members, and each of them is a leaf of the input's schema.
import { describe, expect, test } from 'vitest'

import { documentedDefaults } from './protocol/defaults.ts'
import { createSchemaLoader, type Schema, type ShapeRef } from './protocol/schema.ts'
import { serviceTables } from './testing/service-tables.ts'

const schemas = createSchemaLoader()

/** The shape a declared path ends at; undefined when there is no such member. */
function endOf(schema: Schema, from: ShapeRef, path: string): ReturnType<Schema['shape']> | undefined {
  let shape = schema.shape(from)
  for (const part of path.split('.')) {
    if (shape.kind !== 'structure') return undefined
    const member = shape.members.find(({ name }) => name === part.replace('[]', ''))
    if (!member) return undefined
    shape = schema.shape(member.ref)
    if (part.endsWith('[]')) {
      if (shape.kind !== 'list') return undefined
      shape = schema.shape(shape.item.ref)
    }
  }
  return shape
}

describe.each((await serviceTables()).map((service) => [service.schema, service] as const))(
  '%s',
  (name, service) => {
    const schema = schemas(name)
    const operations = Object.entries(service.operations)

    test('declares leaves of the schema, each once', () => {
      const wrong = operations.flatMap(([operation, declared]) => {
        const paths = [...declared.honours, ...declared.keeps]
        const input = schema.operation(operation)?.input ?? 'Unit'
        return paths
          .filter((path, index) => {
            const end = endOf(schema, input, path)
            return !end || end.kind === 'structure' || paths.indexOf(path) !== index
          })
          .map((path) => `${operation} ${path}`)
      })
      expect(wrong).toEqual([])
    })
  },
)

test('the documented defaults are those of members that there are', () => {
  const wrong = documentedDefaults().filter(({ service, shape, member }) => {
    const found = schemas(service).shape(shape)
    return found.kind !== 'structure' || !found.members.some(({ name }) => name === member)
  })
  expect(wrong).toEqual([])
})
