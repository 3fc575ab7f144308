// Owns DescribeNodegroup.
import type { DescribeNodegroupRequest, DescribeNodegroupResponse } from '@aws-sdk/client-eks'

import type { Eks } from '../state.ts'
import { findNodegroup } from './find-nodegroup.ts'
import { showNodegroup } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export function describeNodegroup(input: DescribeNodegroupRequest, eks: Eks): DescribeNodegroupResponse {
  return { nodegroup: showNodegroup(findNodegroup(eks, input.clusterName, input.nodegroupName).record) }
}
