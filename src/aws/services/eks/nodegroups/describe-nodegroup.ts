// Owns DescribeNodegroup.
import type { DescribeNodegroupRequest, DescribeNodegroupResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findNodegroup } from './find-nodegroup.ts'
import { showNodegroup } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export const describeNodegroup = operation<Eks, DescribeNodegroupRequest, DescribeNodegroupResponse>()({
  honours: ['clusterName', 'nodegroupName'],
  handle: (input, eks) => {
    return { nodegroup: showNodegroup(findNodegroup(eks, input.clusterName, input.nodegroupName).record) }
  },
})
