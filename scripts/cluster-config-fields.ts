// Writes data/cluster-config-fields.json: types, fields and allowed values of a ClusterConfig, out of the schema that
// eksctl publishes. Usage: node scripts/cluster-config-fields.ts SCHEMA.json VERSION, where `eksctl utils schema` prints
// the first.
import { readFileSync, writeFileSync } from 'node:fs'
import { argv } from 'node:process'

interface Property {
  readonly type?: string
  readonly $ref?: string
  readonly enum?: readonly string[]
  readonly items?: Property
  readonly additionalProperties?: Property | boolean
}

interface Definition extends Property {
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Property>>
}

interface PublishedSchema {
  readonly definitions: Readonly<Record<string, Definition>>
}

const [, , path = '', version = ''] = argv
const { definitions } = JSON.parse(readFileSync(path, 'utf8')) as PublishedSchema

function nameOf($ref: string): string {
  return $ref.replace('#/definitions/', '')
}

function notation(property: Property): string {
  if (property.$ref !== undefined) return referenced(nameOf(property.$ref))
  const values = property.enum === undefined ? '' : ` ${property.enum.join('|')}`
  if (property.type === 'array') return `[${notation(property.items ?? {})}]`
  if (property.type !== 'object') return `${property.type ?? 'string'}${values}`
  const inside = property.additionalProperties
  if (typeof inside !== 'object' || Object.keys(inside).length === 0) return 'json'
  return `{${notation(inside)}}`
}

// A definition without fields of its own is another name for a list, a map or a text.
function referenced(name: string): string {
  const definition = definitions[name] ?? {}
  if (definition.properties !== undefined) return `#${name}`
  return notation(definition)
}

function fieldsOf(name: string): Readonly<Record<string, string>> {
  const { properties = {}, required = [] } = definitions[name] ?? {}
  // The kinds of identity providers are one, and their fields are in a type of their own.
  const more = name === 'IdentityProvider' ? fieldsOf('OIDCIdentityProvider') : {}
  const entries = Object.entries(properties).map(([field, property]) => {
    return [field, `${notation(property)}${required.includes(field) ? '!' : ''}`] as const
  })
  return Object.fromEntries([...entries, ...Object.entries(more)].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const types = Object.keys(definitions)
  .filter((name) => definitions[name]?.properties !== undefined && name !== 'OIDCIdentityProvider')
  .toSorted()
const rows = types.map((name) => `    ${JSON.stringify(name)}: ${JSON.stringify(fieldsOf(name))}`)
const head = {
  note: 'The fields of an eksctl ClusterConfig: types, what is required, which values a text may have.',
  source: `eksctl ${version}, Apache-2.0: its published JSON schema (eksctl utils schema)`,
  notation:
    'string | integer | number | boolean | json, then a|b the values; [T] list, {T} map, #Name a type; ! required',
}
const text = JSON.stringify(head, undefined, 2).replace(
  /\n}$/,
  `,\n  "types": {\n${rows.join(',\n')}\n  }\n}\n`,
)
writeFileSync(new URL('../data/cluster-config-fields.json', import.meta.url), text)
