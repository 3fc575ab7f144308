// Owns the slow half of identity provider configs: each follows the update of its cluster that it began with.
import type { Controller } from '../../../../reconcile/controller.ts'
import { tableSource } from '../../../../reconcile/table-source.ts'
import type { Eks } from '../state.ts'

/** Makes configs ACTIVE, or removes them, once the cluster's update has ended. */
export function identityProviderController(eks: Eks): Controller {
  const { identityProviders, updates } = eks.tables
  return {
    name: 'eks-identity-provider',
    sources: [
      tableSource(identityProviders),
      tableSource(updates, (key) => identityProviders.rows(`${key.split('/')[0]}/`).map((row) => row.key)),
    ],
    reconcile: async (key) => {
      const record = identityProviders.get(key)
      if (!record) return undefined
      const update = updates.get(`${record.config.clusterName}/${record.updateId}`)
      if (update?.update.status !== 'Successful') return undefined
      if (record.config.status === 'DELETING') await identityProviders.delete(key)
      if (record.config.status !== 'CREATING') return undefined
      await identityProviders.update(key, (current) =>
        current.config.status === 'CREATING'
          ? { ...current, config: { ...current.config, status: 'ACTIVE' } }
          : undefined,
      )
    },
  }
}
