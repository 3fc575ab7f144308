// Owns checking the properties of a template against what is published about their type, and giving them their types.
import { isTemplateObject, type TemplateObject, type TemplateValue } from '../template/template.ts'
import type { PropertyTable, Scalar, TypeFacts, ValueType } from './specification.ts'

export interface CheckedProperties {
  /** With numbers and booleans that were written as text turned into what they are. */
  readonly properties: TemplateObject
  /** What is wrong, each as CloudFormation says it (`#/Path: extraneous key [X] is not permitted`). */
  readonly faults: readonly string[]
}

/**
 * Checks resolved properties. The words are those of the schema validator that CloudFormation's registry types go
 * through: "extraneous key" as in aws/aws-cdk#28984, "expected type" as in
 * ACloudGuru-Resources/course-aws-sysops-administrator-associate#3.
 */
export function checkProperties(facts: TypeFacts, given: TemplateObject): CheckedProperties {
  const faults: string[] = []
  return { properties: readObject(given, facts.properties, { at: '#', faults }), faults }
}

interface Place {
  /** A JSON pointer. */
  readonly at: string
  readonly faults: string[]
}

function readObject(given: TemplateObject, table: PropertyTable, { at, faults }: Place): TemplateObject {
  const properties: TemplateObject = {}
  for (const [name, { isRequired }] of table) {
    if (isRequired && (given[name] === undefined || given[name] === null)) {
      faults.push(`${at}: required key [${name}] not found`)
    }
  }
  for (const [name, value] of Object.entries(given)) {
    const facts = table.get(name)
    if (!facts) faults.push(`${at}: extraneous key [${name}] is not permitted`)
    // A null is what AWS::NoValue leaves in a list.
    else if (value !== null) properties[name] = readValue(value, facts.type, { at: `${at}/${name}`, faults })
  }
  return properties
}

function readValue(value: TemplateValue, type: ValueType, place: Place): TemplateValue {
  const mistyped = (expected: string): TemplateValue => {
    place.faults.push(`${place.at}: expected type: ${expected}, found: ${nameOf(value)}`)
    return value
  }
  switch (type.kind) {
    case 'json':
      return value
    case 'union':
      return readUnion(value, type.of, place)
    case 'list':
      return Array.isArray(value)
        ? value.map((item, index) =>
            readValue(item, type.of, { at: `${place.at}/${index}`, faults: place.faults }),
          )
        : mistyped('JSONArray')
    case 'map':
      return isTemplateObject(value)
        ? Object.fromEntries(
            Object.entries(value).map(([key, item]) => [
              key,
              readValue(item, type.of, { at: `${place.at}/${key}`, faults: place.faults }),
            ]),
          )
        : mistyped('JSONObject')
    case 'object':
      return isTemplateObject(value) ? readObject(value, type.properties, place) : mistyped('JSONObject')
    default: {
      const scalar = readScalar(value, type.kind)
      return scalar === undefined ? mistyped(SCALARS[type.kind]) : scalar
    }
  }
}

// The first alternative that fits, the first one's faults when none does.
function readUnion(value: TemplateValue, types: readonly ValueType[], place: Place): TemplateValue {
  let first: readonly string[] | undefined
  for (const type of types) {
    const faults: string[] = []
    const found = readValue(value, type, { at: place.at, faults })
    if (faults.length === 0) return found
    first ??= faults
  }
  place.faults.push(...(first ?? []))
  return value
}

const SCALARS: Readonly<Record<Scalar, string>> = {
  string: 'String',
  timestamp: 'String',
  integer: 'Integer',
  number: 'Number',
  boolean: 'Boolean',
}

// Templates write numbers and booleans as text, and text as numbers; CloudFormation takes either.
function readScalar(value: TemplateValue, kind: Scalar): TemplateValue | undefined {
  if (typeof value === 'object') return undefined
  switch (kind) {
    case 'string':
    case 'timestamp':
      return String(value)
    case 'boolean':
      if (typeof value === 'boolean') return value
      return value === 'true' ? true : value === 'false' ? false : undefined
    case 'integer':
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
      const isFit = kind === 'integer' ? Number.isInteger(number) : Number.isFinite(number)
      return typeof number === 'number' && isFit ? number : undefined
    }
  }
}

function nameOf(value: TemplateValue): string {
  if (Array.isArray(value)) return 'JSONArray'
  if (value === null) return 'Null'
  if (typeof value === 'object') return 'JSONObject'
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'Number'
  return typeof value === 'boolean' ? 'Boolean' : 'String'
}
