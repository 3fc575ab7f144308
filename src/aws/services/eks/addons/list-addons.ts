// Owns ListAddons.
import type { ListAddonsRequest, ListAddonsResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { findCluster } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'

/** @throws AwsError ResourceNotFoundException */
export const listAddons = operation<Eks, ListAddonsRequest, ListAddonsResponse>()({
  honours: ['clusterName', ...PAGES],
  handle: (input, eks) => {
    const { cluster } = findCluster(eks, input.clusterName)
    const names = eks.tables.addons.list(`${cluster.name}/`).map((record) => record.addon.addonName)
    const { items, nextToken } = page(names, input)
    return { addons: items, nextToken }
  },
})
