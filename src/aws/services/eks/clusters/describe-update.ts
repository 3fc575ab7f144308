// Owns DescribeUpdate.
import type { DescribeUpdateRequest, DescribeUpdateResponse } from '@aws-sdk/client-eks'

import { notFound } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { showUpdate } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export function describeUpdate(input: DescribeUpdateRequest, eks: Eks): DescribeUpdateResponse {
  const { cluster } = findCluster(eks, input.name)
  const record = eks.tables.updates.get(`${cluster.name}/${input.updateId}`)
  if (!record) throw notFound(`No update found for ID: ${input.updateId}`, { clusterName: cluster.name })
  return { update: showUpdate(record) }
}
