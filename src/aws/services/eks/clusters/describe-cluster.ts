// Owns DescribeCluster.
import type { DescribeClusterRequest, DescribeClusterResponse } from '@aws-sdk/client-eks'

import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { showCluster } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export function describeCluster(input: DescribeClusterRequest, eks: Eks): DescribeClusterResponse {
  return { cluster: showCluster(findCluster(eks, input.name)) }
}
