// Owns how a node group looks in a response.
import type { Nodegroup } from '@aws-sdk/client-eks'

import type { NodegroupRecord } from '../state.ts'

export function showNodegroup(record: NodegroupRecord): Nodegroup {
  return {
    ...record.nodegroup,
    createdAt: new Date(record.createdAtMs),
    modifiedAt: new Date(record.modifiedAtMs),
  }
}
