// Owns that items of lists with a list type are told apart.
// Source: apiextensions-apiserver pkg/apiserver/schema/listtype/validation.go.
import { isObject } from '../../../base/json.ts'
import { duplicate, type FieldError } from '../field-error.ts'
import { valuesOf, type JsonSchema } from './json-schema.ts'

/** Findings of duplicates in lists of type `set` and `map`, wherever they are. */
export function validateLists(schema: JsonSchema, value: unknown, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema
    return [
      ...duplicates(schema, value, path),
      ...(items ? value.flatMap((item, index) => validateLists(items, item, `${path}[${index}]`)) : []),
    ]
  }
  if (!isObject(value)) return []
  const values = valuesOf(schema)
  return Object.entries(value).flatMap(([name, item]) => {
    const below =
      schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : values
    return below ? validateLists(below, item, path === '' ? name : `${path}.${name}`) : []
  })
}

function duplicates(schema: JsonSchema, items: readonly unknown[], path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'set' && type !== 'map') return []
  const seen = new Set<string>()
  const errors: FieldError[] = []
  items.forEach((item, index) => {
    const identity = type === 'set' ? item : keysOf(schema, item)
    const text = JSON.stringify(identity)
    if (seen.has(text)) errors.push(duplicate(`${path}[${index}]`, identity))
    seen.add(text)
  })
  return errors
}

function keysOf(schema: JsonSchema, item: unknown): unknown {
  if (!isObject(item)) return item
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  return Object.fromEntries(keys.flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]])))
}
