// Owns what to do so that a resource has exactly the tags that are wanted (pkg/algorithm, DiffStringMapIgnoreAWSTags).
import type { Tags } from '../../rules/load-balancer/target-group.ts'

export interface TagChange {
  readonly added: readonly { readonly Key: string; readonly Value: string }[]
  /** Keys. */
  readonly removed: readonly string[]
}

/** The difference between tags; those of AWS itself are left alone. */
export function tagChange(current: Tags, wanted: Tags): TagChange {
  const isOwn = (key: string): boolean => !key.startsWith('aws:')
  return {
    added: Object.entries(wanted)
      .filter(([key, value]) => isOwn(key) && current[key] !== value)
      .map(([Key, Value]) => ({ Key, Value })),
    removed: Object.keys(current).filter((key) => isOwn(key) && !Object.hasOwn(wanted, key)),
  }
}
