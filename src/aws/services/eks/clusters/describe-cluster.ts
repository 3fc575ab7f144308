// Owns DescribeCluster.
import type { DescribeClusterRequest, DescribeClusterResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { showCluster } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export const describeCluster = operation<Eks, DescribeClusterRequest, DescribeClusterResponse>()({
  honours: ['name'],
  handle: (input, eks) => {
    return { cluster: showCluster(findCluster(eks, input.name)) }
  },
})
