// Owns how access entries and associated policies look in a response.
import type { AccessEntry, AssociatedAccessPolicy } from '@aws-sdk/client-eks'

import type { AccessEntryRecord } from '../state.ts'

export function showEntry(record: AccessEntryRecord): AccessEntry {
  return {
    ...record.entry,
    createdAt: new Date(record.createdAtMs),
    modifiedAt: new Date(record.modifiedAtMs),
  }
}

export function showPolicy(policy: AccessEntryRecord['policies'][number]): AssociatedAccessPolicy {
  const { associatedAtMs, ...rest } = policy
  return { ...rest, associatedAt: new Date(associatedAtMs), modifiedAt: new Date(associatedAtMs) }
}
