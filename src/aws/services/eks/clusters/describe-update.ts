// Owns DescribeUpdate.
import type { DescribeUpdateRequest, DescribeUpdateResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { notFound } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { showUpdate } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export const describeUpdate = operation<Eks, DescribeUpdateRequest, DescribeUpdateResponse>()({
  honours: ['name', 'updateId', 'nodegroupName', 'addonName'],
  handle: (input, eks) => {
    const { cluster } = findCluster(eks, input.name)
    const record = eks.tables.updates.get(`${cluster.name}/${input.updateId}`)
    // An update of a node group or an add-on is found only where it is looked for.
    if (!record || record.about !== (input.nodegroupName ?? input.addonName))
      throw notFound(`No update found for ID: ${input.updateId}`, { clusterName: cluster.name })
    return { update: showUpdate(record) }
  },
})
