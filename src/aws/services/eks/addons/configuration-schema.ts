// Owns the schema of an add-on's configurationValues, and judging values by it.
import { isObject, own } from '../../../../base/json.ts'
import type { AddonDefinition } from './definition.ts'

/** The part of JSON schema that add-ons are described with. */
export interface Schema {
  readonly type?: string
  readonly minimum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  /** False: `properties` are all that there may be; otherwise what the others are. */
  readonly additionalProperties?: boolean | Schema
}

/** The schema of the values of an add-on: what is honored, and nothing else. */
export function schemaOf({ configuration }: Pick<AddonDefinition, 'configuration'>): Schema {
  return { type: 'object', additionalProperties: false, properties: configuration }
}

/**
 * What is wrong with values, in the words of the validator that EKS uses (networknt's, seen in its answers).
 * @param path where the value stands, `$` for the whole
 */
export function violationsOf(schema: Schema, value: unknown, path = '$'): string[] {
  const { type, minimum, properties = {}, additionalProperties = true } = schema
  const found = typeOf(value)
  const isWanted = type === undefined || found === type || (type === 'number' && found === 'integer')
  if (!isWanted) return [`${path}: ${found} found, ${type} expected`]
  if (minimum !== undefined && typeof value === 'number' && value < minimum) {
    return [`${path}: must have a minimum value of ${minimum}`]
  }
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([key, member]) => {
    const at = `${path}.${key}`
    const known = own(properties, key)
    if (known) return violationsOf(known, member, at)
    if (additionalProperties === false) {
      return [`${at}: is not defined in the schema and the schema does not allow additional properties`]
    }
    return additionalProperties === true ? [] : violationsOf(additionalProperties, member, at)
  })
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}
