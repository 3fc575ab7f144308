// Owns the schemas of custom resources in the words of OpenAPI v2, which kubectl validates with.
// Source: apiextensions-apiserver pkg/controller/openapi/v2/conversion.go, pkg/controller/openapi/builder/builder.go.
import { isObject } from '../../base/json.ts'

type Json = Record<string, unknown>

const PRESERVE = 'x-kubernetes-preserve-unknown-fields'
const GROUP_VERSION_KIND = 'x-kubernetes-group-version-kind'
const V3_REFERENCE = '#/components/schemas/'

/** A published schema as version 2 has it; of a kind that keeps all fields it says that it is an object, and no more. */
export function customToV2(schema: Json): Json {
  if (schema[PRESERVE] !== true) return convert(schema)
  return { type: 'object', [GROUP_VERSION_KIND]: schema[GROUP_VERSION_KIND] }
}

function convert({ oneOf: _o, anyOf: _a, not: _n, allOf, nullable, ...rest }: Json): Json {
  const reference = referenceIn(allOf) ?? referenceIn([rest])
  if (reference !== undefined) return { ...rest, $ref: reference.replace(V3_REFERENCE, '#/definitions/') }
  const result: Json = { ...rest }
  // kubectl can make nothing of fields or items beside either.
  if (nullable === true || result[PRESERVE] === true) {
    delete result['items']
    delete result['properties']
  }
  const isBareList = result['type'] === 'array' && result['items'] === undefined
  const isOpenObject = result['type'] === 'object' && result[PRESERVE] === true
  if (nullable === true || isBareList || isOpenObject) delete result['type']
  const { properties, items, additionalProperties: values } = result
  if (isObject(properties)) {
    result['required'] = requiredOf(result['required'], properties)
    result['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, below]) => [name, isObject(below) ? convert(below) : below]),
    )
  }
  if (isObject(items)) result['items'] = convert(items)
  if (isObject(values)) {
    result['additionalProperties'] = convert(values)
    if (values['nullable'] === true) result['required'] = undefined
  }
  if (result['required'] === undefined) delete result['required']
  return result
}

function referenceIn(choices: unknown): string | undefined {
  const [only, ...others] = Array.isArray(choices) ? (choices as unknown[]) : []
  const reference = isObject(only) && others.length === 0 ? only['$ref'] : undefined
  return typeof reference === 'string' ? reference : undefined
}

// What may be null, which version 2 cannot say, is not required.
function requiredOf(required: unknown, properties: Json): unknown {
  if (!Array.isArray(required)) return undefined
  const kept = (required as unknown[]).filter((name) => {
    const property = typeof name === 'string' ? properties[name] : undefined
    return !isObject(property) || property['nullable'] !== true
  })
  return kept.length > 0 ? kept : undefined
}
