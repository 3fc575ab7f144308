import { describe, expect, it } from 'vitest'

import { clusterConfig, marks } from './cluster.ts'
import { demanded, forms } from './forms.ts'
import { publishedFields, type PublishedValue, publishedTypes } from './published.ts'
import type { ObjectSchema, Schema } from './schema.ts'

function typesIn(value: PublishedValue): readonly string[] {
  if (value.kind === 'type') return [value.name]
  return value.kind === 'list' || value.kind === 'map' ? typesIn(value.of) : []
}

/** Types that can be written without meeting a field that is refused or has no effect. */
function reachable(): ReadonlySet<string> {
  const found = new Set(['ClusterConfig'])
  for (const type of found) {
    for (const [name, { value }] of Object.entries(publishedFields(type))) {
      if (marks[type]?.honoured?.includes(name)) for (const inner of typesIn(value)) found.add(inner)
    }
  }
  return found
}

function marksOf(type: string): readonly string[] {
  const { honoured = [], refused = {}, noEffect = {} } = marks[type] ?? {}
  return [...honoured, ...Object.keys(refused), ...Object.keys(noEffect)]
}

describe('the marks', () => {
  it('are of every field that can be written, each once, and of no other', () => {
    const types = [...reachable()].toSorted()
    expect(Object.keys(marks).toSorted()).toEqual(types)
    for (const type of types) {
      expect([type, ...marksOf(type).toSorted()]).toEqual([
        type,
        ...Object.keys(publishedFields(type)).toSorted(),
      ])
    }
  })

  it('give a sentence for everything that is not honoured', () => {
    const notes = Object.values(marks).flatMap(({ refused = {}, noEffect = {} }) => [
      ...Object.values(refused),
      ...Object.values(noEffect),
    ])
    expect(notes.filter((note) => !/^[A-Z].*\.$/.test(note))).toEqual([])
  })
})

describe('the narrower forms', () => {
  it('are of published fields', () => {
    const paths = publishedTypes().flatMap((type) =>
      Object.keys(publishedFields(type)).map((field) => `${type}.${field}`),
    )
    const stray = [...Object.keys(forms), ...demanded].filter((path) => !paths.includes(path))
    expect(stray).toEqual([])
  })
})

describe('the schema', () => {
  it('has the top-level fields of v1alpha5', () => {
    expect(Object.keys(clusterConfig.fields)).toHaveLength(31)
  })

  it('has no field whose name differs from another of its object by case only', () => {
    const clashes: string[] = []
    visit(clusterConfig, (object) => {
      const names = Object.keys(object.fields).map((name) => name.toLowerCase())
      clashes.push(...names.filter((name, index) => names.indexOf(name) !== index))
    })
    expect(clashes).toEqual([])
  })
})

function visit(schema: Schema, see: (object: ObjectSchema) => void): void {
  if (schema.type === 'list') visit(schema.items, see)
  else if (schema.type === 'map') visit(schema.values, see)
  else if (schema.type === 'object') {
    see(schema)
    for (const field of Object.values(schema.fields)) visit(field.schema, see)
  }
}
