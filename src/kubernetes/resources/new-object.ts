// Owns what becomes of a new object before it is stored, and the rules that it has to keep: those of its metadata and of its kind.
import type { KubernetesObject } from '../client/client.ts'
import { applyDefaults } from '../schema/default.ts'
import { complete } from './complete.ts'
import type { FieldError } from './field-error.ts'
import type { Kind } from './kind.ts'
import { validateMetadata } from './metadata-rules.ts'

/**
 * A decoded and defaulted object with everything that its kind has, and what it adds to objects about to be created.
 * @param defaulted what the object was before admission: parts that are as they were then are shared, not copied; nothing by default
 */
export function prepareNew(kind: Kind, object: KubernetesObject, defaulted: object = {}): KubernetesObject {
  const whole = complete(kind, object)
  const completed = kind.prepareForCreate?.(whole) ?? whole
  // Again after admission and preparation: they may have added parts with defaults of their own.
  return applyDefaults(kind, completed, defaulted)
}

/** The findings for a prepared object that is to be created. */
export function validateNew(kind: Kind, prepared: KubernetesObject): readonly FieldError[] {
  return [
    ...validateMetadata(kind, prepared),
    ...(kind.validate?.(prepared) ?? []),
    ...(kind.validateCreate?.(prepared) ?? []),
  ]
}
