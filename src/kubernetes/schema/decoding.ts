// Owns what reading an object takes and gives, whatever its schema is.

/** What happens to fields that the type does not have (query parameter `fieldValidation`). */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict'

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation
  /** Paths of duplicate keys that the parser saw, from `parseJson`; reported like unknown fields. */
  readonly duplicates?: readonly string[]
  /** What was found in YAML text, from `parseBody`; comes before all others. */
  readonly yamlComplaint?: string | undefined
  /** Paths of all keys as they stand in the text, from `parseJson`: complaints come in that order. */
  readonly order?: (() => readonly string[]) | undefined
}

export interface Decoded<T> {
  readonly object: T
  /** For `Warning` headers; empty unless `fieldValidation` is `Warn`. */
  readonly warnings: readonly string[]
}
