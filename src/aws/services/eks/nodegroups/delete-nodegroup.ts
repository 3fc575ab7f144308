// Owns DeleteNodegroup.
import type { DeleteNodegroupRequest, DeleteNodegroupResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { type Eks, restartClock } from '../state.ts'
import { findNodegroup } from './find-nodegroup.ts'
import { showNodegroup } from './show.ts'

const DELETE_NODEGROUP_MS = 4 * 60_000

/** @throws AwsError ResourceNotFoundException */
export const deleteNodegroup = operation<Eks, DeleteNodegroupRequest, DeleteNodegroupResponse>()({
  honours: ['clusterName', 'nodegroupName'],
  handle: async (input, eks) => {
    const { key, record } = findNodegroup(eks, input.clusterName, input.nodegroupName)
    const updated = await eks.tables.nodegroups.update(key, (current) =>
      current.nodegroup.status === 'DELETING'
        ? undefined
        : {
            ...current,
            ...restartClock(eks, DELETE_NODEGROUP_MS),
            nodegroup: { ...current.nodegroup, status: 'DELETING' },
          },
    )
    return { nodegroup: showNodegroup(updated ?? record) }
  },
})
