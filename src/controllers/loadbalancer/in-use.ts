// Owns the wait for what still uses a resource that is to go: interfaces of a load balancer, listeners, rules.
import { isAwsCode } from '../../base/errors.ts'

const LEAST_MS = 100
const MOST_MS = 10_000

/** True for AWS's refusals to delete what something else still uses. */
export function isInUse(error: unknown): boolean {
  return isAwsCode(error, 'ResourceInUse', 'ResourceInUseException', 'DependencyViolation')
}

/**
 * When to look again, in ms: after a quarter of the time that the deletion has taken so far. How often the same object failed
 * before it was deleted says nothing of it.
 * @param deletedAt RFC 3339; undefined for what is not being deleted
 */
export function lookAgainMs(deletedAt: string | undefined, nowMs: number): number | undefined {
  if (deletedAt === undefined) return undefined
  return Math.min(Math.max((nowMs - Date.parse(deletedAt)) / 4, LEAST_MS), MOST_MS)
}
