// Owns holding a value against a JSON schema, as far as those of docs/reference use the keywords.
import { isObject } from '../../src/base/json.ts'

/** What of the value is not as the schema says, each with its path; empty when it fits. */
export function misfits(value: unknown, schema: unknown): readonly string[] {
  return check(value, schema, { root: schema, path: '$' })
}

interface At {
  readonly root: unknown
  readonly path: string
}

function check(value: unknown, schema: unknown, at: At): readonly string[] {
  if (!isObject(schema)) return []
  const { $ref, anyOf, const: only, enum: allowed, type, maxItems } = schema
  if (typeof $ref === 'string') return check(value, resolve($ref, at.root), at)
  if (Array.isArray(anyOf)) {
    const tried = anyOf.map((each) => check(value, each, at))
    return tried.some((each) => each.length === 0)
      ? []
      : [`${at.path} is none of ${anyOf.length}`, ...tried.flat()]
  }
  if (only !== undefined && value !== only) return [`${at.path} is not ${JSON.stringify(only)}`]
  if (Array.isArray(allowed) && !allowed.includes(value)) return [`${at.path} is ${JSON.stringify(value)}`]
  if (typeof type === 'string' && typeOf(value) !== type) return [`${at.path} is no ${type}`]
  if (Array.isArray(value)) {
    if (typeof maxItems === 'number' && value.length > maxItems) return [`${at.path} is too long`]
    return value.flatMap((item, index) =>
      check(item, schema['items'], { ...at, path: `${at.path}[${index}]` }),
    )
  }
  return isObject(value) ? checkObject(value, schema, at) : []
}

function checkObject(
  value: Record<string, unknown>,
  schema: Record<string, unknown>,
  at: At,
): readonly string[] {
  const { properties, required, additionalProperties } = schema
  const known = isObject(properties) ? properties : {}
  const missing = (Array.isArray(required) ? required : []).filter(
    (name) => !Object.hasOwn(value, String(name)),
  )
  return [
    ...missing.map((name) => `${at.path}.${String(name)} is missing`),
    ...Object.entries(value).flatMap(([name, item]) => {
      const path = `${at.path}.${name}`
      if (Object.hasOwn(known, name)) return check(item, known[name], { ...at, path })
      return additionalProperties === false
        ? [`${path} is unknown`]
        : check(item, additionalProperties, { ...at, path })
    }),
  ]
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function resolve(ref: string, root: unknown): unknown {
  return ref
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((node, step) => (isObject(node) ? node[step] : undefined), root)
}
