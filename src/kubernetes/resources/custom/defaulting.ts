// Owns the defaults of custom resources.
// Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/{algorithm,prune}.go.
import { deepCopy, isObject, setOwn } from '../../../base/json.ts'
import { valuesOf, type JsonSchema } from './json-schema.ts'

/** True when the schema has a default anywhere, or null may have to go. */
export function hasDefaults(schema: JsonSchema): boolean {
  if (schema.default !== undefined) return true
  const values = valuesOf(schema)
  return (
    Object.values(schema.properties ?? {}).some(hasDefaults) ||
    (schema.items !== undefined && hasDefaults(schema.items)) ||
    (values !== undefined && hasDefaults(values))
  )
}

/**
 * Fills in defaults, in place, wherever what has the field is there: for what is absent, and for null where it may
 * not be null. Null that no default replaces and that may not be null goes.
 */
export function fillDefaults(schema: JsonSchema, value: unknown): void {
  if (Array.isArray(value)) {
    const { items } = schema
    if (!items) return
    value.forEach((item: unknown, index) => {
      if (item === null && !items.nullable && items.default !== undefined)
        value[index] = deepCopy(items.default)
      fillDefaults(items, value[index])
    })
    return
  }
  if (!isObject(value)) return
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const isNull = value[name] === null && !property.nullable
    if (property.default !== undefined && (isNull || !Object.hasOwn(value, name))) {
      setOwn(value, name, deepCopy(property.default))
    } else if (isNull) delete value[name]
    if (Object.hasOwn(value, name)) fillDefaults(property, value[name])
  }
  const values = valuesOf(schema)
  if (!values) return
  for (const name of Object.keys(value)) {
    if (schema.properties && Object.hasOwn(schema.properties, name)) continue
    if (value[name] === null && !values.nullable) {
      if (values.default === undefined) {
        delete value[name]
        continue
      }
      setOwn(value, name, deepCopy(values.default))
    }
    fillDefaults(values, value[name])
  }
}
