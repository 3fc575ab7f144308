// Owns attributes in requests and responses.
import {
  attributeProblem,
  type AttributeOwner,
  type Attributes,
} from '../../../rules/load-balancer/attributes.ts'
import { validationError } from './errors.ts'

interface Attribute {
  Key?: string | undefined
  Value?: string | undefined
}

/** The members of an attribute list, as operations declare them. */
export const ATTRIBUTES = ['Attributes[].Key', 'Attributes[].Value'] as const

/**
 * Attributes with those of a request put over them.
 * @throws AwsError ValidationError for a key that is not there, and for a change that would have no effect
 */
export function mergeAttributes(
  owner: AttributeOwner,
  current: Attributes,
  given: readonly Attribute[] = [],
): Attributes {
  const next: Record<string, string> = { ...current }
  for (const { Key = '', Value = '' } of given) {
    const problem = attributeProblem(owner, current, [Key, Value])
    if (problem) throw validationError(problem.message)
    next[Key] = Value
  }
  return next
}

/** Attributes as responses list them. */
export function showAttributes(attributes: Attributes): { Key: string; Value: string }[] {
  return Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }))
}
