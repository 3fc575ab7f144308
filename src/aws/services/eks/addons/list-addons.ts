// Owns ListAddons.
import type { ListAddonsRequest, ListAddonsResponse } from '@aws-sdk/client-eks'

import { findCluster } from '../lookup.ts'
import { page } from '../paging.ts'
import type { Eks } from '../state.ts'

/** @throws AwsError ResourceNotFoundException */
export function listAddons(input: ListAddonsRequest, eks: Eks): ListAddonsResponse {
  const { cluster } = findCluster(eks, input.clusterName)
  const names = eks.tables.addons.list(`${cluster.name}/`).map((record) => record.addon.addonName)
  const { items, nextToken } = page(names, input)
  return { addons: items, nextToken }
}
