// Owns DescribeAddon.
import type { DescribeAddonRequest, DescribeAddonResponse } from '@aws-sdk/client-eks'

import type { Eks } from '../state.ts'
import { findRecord } from './check.ts'
import { showAddon } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export function describeAddon(input: DescribeAddonRequest, eks: Eks): DescribeAddonResponse {
  return { addon: showAddon(findRecord(eks, input.clusterName, input.addonName).record) }
}
