// Owns the reading of data/cluster-config-fields.json: the types of a ClusterConfig as eksctl publishes them.
import { packageText } from '../../base/package-files.ts'
import { InternalError } from '../../base/errors.ts'

/** A value as published: a scalar with the values it may have, a list or map of values, or a type by its name. */
export type PublishedValue =
  | { readonly kind: 'string'; readonly values?: readonly string[] }
  | { readonly kind: 'integer' | 'number' | 'boolean' | 'json' }
  | { readonly kind: 'list' | 'map'; readonly of: PublishedValue }
  | { readonly kind: 'type'; readonly name: string }

export interface PublishedField {
  readonly value: PublishedValue
  readonly required: boolean
}

interface FieldTable {
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>
}

// Part of the package; schema.test.ts reads every field of it.
const table = JSON.parse(packageText('data/cluster-config-fields.json')) as FieldTable

/** Names of all types. */
export function publishedTypes(): readonly string[] {
  return Object.keys(table.types)
}

/** The fields of a type, by name. @throws InternalError for a type that the table does not have */
export function publishedFields(type: string): Readonly<Record<string, PublishedField>> {
  const fields = table.types[type]
  if (!fields) throw new InternalError(`data/cluster-config-fields.json has no type ${type}`)
  return Object.fromEntries(Object.entries(fields).map(([name, notation]) => [name, readField(notation)]))
}

function readField(notation: string): PublishedField {
  const required = notation.endsWith('!')
  return { value: readValue(required ? notation.slice(0, -1) : notation), required }
}

function readValue(notation: string): PublishedValue {
  if (notation.startsWith('#')) return { kind: 'type', name: notation.slice(1) }
  if (notation.startsWith('[')) return { kind: 'list', of: readValue(notation.slice(1, -1)) }
  if (notation.startsWith('{')) return { kind: 'map', of: readValue(notation.slice(1, -1)) }
  const [kind, values] = notation.split(' ')
  if (kind === 'string') return { kind, ...(values === undefined ? {} : { values: values.split('|') }) }
  if (kind === 'integer' || kind === 'number' || kind === 'boolean' || kind === 'json') return { kind }
  throw new InternalError(`data/cluster-config-fields.json has the notation ${notation}`)
}
