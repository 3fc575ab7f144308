// Owns the small language in which the fields of a ClusterConfig are written down.

interface StringSchema {
  readonly type: 'string'
  readonly values?: readonly string[]
  /** The values are read in any case, and the reader writes them as they stand here. */
  readonly anyCase?: true
  /** Values that eksctl knows and the program does not support yet, with why, or what to do instead. */
  readonly unsupported?: readonly string[]
  readonly whyUnsupported?: string
  readonly pattern?: RegExp
  /** Names the pattern in messages. */
  readonly what?: string
}

export type Schema =
  | StringSchema
  | { readonly type: 'integer'; readonly min?: number; readonly values?: readonly number[] }
  | { readonly type: 'number' }
  | { readonly type: 'boolean' }
  /** `orMap`: what the values are when older files have a map there. */
  | { readonly type: 'list'; readonly items: Schema; readonly orMap?: Schema }
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

export const string: Schema = { type: 'string' }
export const count: Schema = { type: 'integer', min: 0 }

/** One of these texts. */
export function oneOf(...values: string[]): Schema {
  return { type: 'string', values }
}

/** One of the first texts; the second are eksctl's too, and refused by name. @param why one sentence, or what to do */
export function supported(values: readonly string[], unsupported: readonly string[], why?: string): Schema {
  return { type: 'string', values, unsupported, ...(why === undefined ? {} : { whyUnsupported: why }) }
}

/** A text of this form; `what` names it in messages. */
export function matching(pattern: RegExp, what: string): Schema {
  return { type: 'string', pattern, what }
}

export function list(items: Schema): Schema {
  return { type: 'list', items }
}
