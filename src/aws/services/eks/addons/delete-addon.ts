// Owns DeleteAddon.
import type { DeleteAddonRequest, DeleteAddonResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import { type Eks, restartClock } from '../state.ts'
import { findRecord } from './check.ts'
import { showAddon } from './show.ts'

const DELETE_ADDON_MS = 30_000

/** @throws AwsError ResourceNotFoundException */
export const deleteAddon = operation<Eks, DeleteAddonRequest, DeleteAddonResponse>()({
  honours: ['clusterName', 'addonName', 'preserve'],
  handle: async (input, eks) => {
    const { key, record } = findRecord(eks, input.clusterName, input.addonName)
    const updated = await eks.tables.addons.update(key, (current) =>
      // Asked for again, it goes on as it is: its clock does not start anew.
      current.addon.status === 'DELETING'
        ? undefined
        : {
            ...current,
            ...restartClock(eks, DELETE_ADDON_MS),
            preserve: input.preserve ?? false,
            addon: { ...current.addon, status: 'DELETING' },
          },
    )
    return { addon: showAddon(updated ?? record) }
  },
})
