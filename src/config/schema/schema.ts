// Owns the small language in which the fields of a ClusterConfig are written down.

interface StringSchema {
  readonly type: 'string'
  readonly values?: readonly string[]
  /** Values that eksctl knows and the program does not support yet. */
  readonly unsupported?: readonly string[]
  readonly pattern?: RegExp
  /** Names the pattern in messages. */
  readonly what?: string
}

export type Schema =
  | StringSchema
  | { readonly type: 'integer'; readonly min?: number; readonly values?: readonly number[] }
  | { readonly type: 'number' }
  | { readonly type: 'boolean' }
  | { readonly type: 'list'; readonly items: Schema }
  | { readonly type: 'map'; readonly values: Schema }
  | { readonly type: 'any' }
  | ObjectSchema

export interface ObjectSchema {
  readonly type: 'object'
  readonly fields: Readonly<Record<string, FieldSpec>>
}

/**
 * What the program does with a field that eksctl knows: acts on it, leaves it out of account with a warning, or
 * refuses the config, because the result would be another one.
 */
type Support = 'honoured' | 'ignored' | 'refused'

export interface FieldSpec {
  readonly schema: Schema
  readonly support: Support
  readonly required: boolean
  /** For fields not honoured: what is missing, or what to do instead; one sentence. */
  readonly note?: string
}

type Fields = Readonly<Record<string, FieldSpec | Schema>>

export const string: Schema = { type: 'string' }
export const integer: Schema = { type: 'integer' }
export const count: Schema = { type: 'integer', min: 0 }
export const boolean: Schema = { type: 'boolean' }
export const any: Schema = { type: 'any' }
export const strings: Schema = { type: 'list', items: string }
export const stringMap: Schema = { type: 'map', values: string }

/** One of these texts. */
export function oneOf(...values: string[]): Schema {
  return { type: 'string', values }
}

/** One of the first texts; the second are eksctl's too, and refused by name. */
export function supported(values: readonly string[], unsupported: readonly string[]): Schema {
  return { type: 'string', values, unsupported }
}

/** A text of this form; `what` names it in messages. */
export function matching(pattern: RegExp, what: string): Schema {
  return { type: 'string', pattern, what }
}

export function list(items: Schema): Schema {
  return { type: 'list', items }
}

export function mapOf(values: Schema): Schema {
  return { type: 'map', values }
}

/** An object with these fields and no others; a bare schema is an honoured, optional field. */
export function object(fields: Fields): ObjectSchema {
  const specs = Object.entries(fields).map(([name, field]) => [
    name,
    'support' in field ? field : honoured(field),
  ])
  return { type: 'object', fields: Object.fromEntries(specs) as Record<string, FieldSpec> }
}

export function honoured(schema: Schema): FieldSpec {
  return { schema, support: 'honoured', required: false }
}

export function required(schema: Schema): FieldSpec {
  return { schema, support: 'honoured', required: true }
}

export function ignored(schema: Schema, note?: string): FieldSpec {
  return { schema, support: 'ignored', required: false, ...(note === undefined ? {} : { note }) }
}

export function refused(schema: Schema, note?: string): FieldSpec {
  return { schema, support: 'refused', required: false, ...(note === undefined ? {} : { note }) }
}
