// Owns the table of the controllers of EKS: what wakes each. What it does is loaded with its first key.
import type { Controller } from '../../../reconcile/controller.ts'
import { tableSource } from '../../../reconcile/table-source.ts'
import { identityProviderController } from './identity-providers/reconcile.ts'
import type { Eks } from './state.ts'

/** The slow halves of what EKS makes. */
export function controllersOf(eks: Eks): readonly Controller[] {
  const { addons, clusters, entries, nodegroups, profiles } = eks.tables
  return [
    {
      name: 'eks-cluster',
      sources: [tableSource(clusters)],
      concurrency: 4,
      reconcile: async (key) => (await import('./clusters/reconcile.ts')).reconcileCluster(eks, key),
    },
    {
      name: 'eks-nodegroup',
      sources: [tableSource(nodegroups)],
      concurrency: 4,
      reconcile: async (key) => (await import('./nodegroups/reconcile.ts')).reconcileNodegroup(eks, key),
    },
    {
      name: 'eks-fargate-profile',
      sources: [
        tableSource(profiles),
        // A role that loses its access entry blocks its profiles at once.
        tableSource(entries, (_key, { entry }) =>
          profiles.rows(`${entry.clusterName}/`).map((row) => row.key),
        ),
      ],
      reconcile: async (key) => (await import('./fargate/reconcile.ts')).reconcileProfile(eks, key),
    },
    {
      name: 'eks-addon',
      sources: [tableSource(addons)],
      concurrency: 4,
      reconcile: async (key) => (await import('./addons/reconcile.ts')).reconcileAddon(eks, key),
    },
    identityProviderController(eks),
  ]
}
