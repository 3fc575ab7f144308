// Owns how an add-on looks in a response.
import type { Addon } from '@aws-sdk/client-eks'

import type { AddonRecord } from '../state.ts'

export function showAddon(record: AddonRecord): Addon {
  return {
    ...record.addon,
    createdAt: new Date(record.createdAtMs),
    modifiedAt: new Date(record.modifiedAtMs),
  }
}
