// Owns DescribeAddon.
import type { DescribeAddonRequest, DescribeAddonResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findRecord } from './check.ts'
import { showAddon } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export const describeAddon = operation<Eks, DescribeAddonRequest, DescribeAddonResponse>()({
  honours: ['clusterName', 'addonName'],
  handle: (input, eks) => {
    return { addon: showAddon(findRecord(eks, input.clusterName, input.addonName).record) }
  },
})
