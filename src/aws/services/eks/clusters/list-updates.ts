// Owns ListUpdates.
import type { ListUpdatesRequest, ListUpdatesResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { findCluster } from '../lookup.ts'
import { page, PAGES } from '../paging.ts'
import type { Eks } from '../state.ts'

/** Ids of the cluster's own updates, or of those of a node group or add-on when one is named. */
export const listUpdates = operation<Eks, ListUpdatesRequest, ListUpdatesResponse>()({
  honours: ['name', 'nodegroupName', 'addonName', ...PAGES],
  handle: (input, eks) => {
    const { cluster } = findCluster(eks, input.name)
    const about = input.nodegroupName ?? input.addonName
    const ids = eks.tables.updates
      .list(`${cluster.name}/`)
      .filter((record) => record.about === about)
      .map((record) => record.update.id)
    const { items, nextToken } = page(ids, input)
    return { updateIds: items, nextToken }
  },
})
