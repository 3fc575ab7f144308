// Owns UpdateAccessEntry: groups and user name of a STANDARD entry.
import type { UpdateAccessEntryRequest, UpdateAccessEntryResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { entryNotFound } from '../errors.ts'
import type { Eks } from '../state.ts'
import { findCluster } from '../lookup.ts'
import { checkIdentity } from './check.ts'
import { requireEntries } from './create-access-entry.ts'
import { findEntry, requireStandard } from './find-entry.ts'
import { showEntry } from './show.ts'

/** @throws AwsError ResourceNotFoundException */
export const updateAccessEntry = operation<Eks, UpdateAccessEntryRequest, UpdateAccessEntryResponse>()({
  honours: ['clusterName', 'principalArn', 'kubernetesGroups', 'username'],
  keeps: ['clientRequestToken'],
  handle: async (input, eks) => {
    requireEntries(findCluster(eks, input.clusterName))
    const { key, record: before } = findEntry(eks, input.clusterName, input.principalArn)
    requireStandard(before)
    checkIdentity(input)
    const updated = await eks.tables.entries.update(key, (record) => ({
      ...record,
      modifiedAtMs: eks.deps.clock.now(),
      entry: {
        ...record.entry,
        kubernetesGroups: input.kubernetesGroups ?? record.entry.kubernetesGroups,
        username: input.username ?? record.entry.username,
      },
    }))
    if (!updated) throw entryNotFound(input.clusterName ?? '', input.principalArn ?? '')
    return { accessEntry: showEntry(updated) }
  },
})
