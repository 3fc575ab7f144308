// Owns the three components that a cluster made with BootstrapSelfManagedAddons starts with.
import type { ClusterRecord, Eks } from '../state.ts'
import { addons } from './catalog.ts'
import { applyManifests, installOf } from './install.ts'

const SELF_MANAGED = ['vpc-cni', 'kube-proxy', 'coredns']

/** Installs networking add-ons without a record of them: nobody updates them but their owner. */
export async function installSelfManaged(eks: Eks, record: ClusterRecord): Promise<void> {
  if (record.bootstrapped) return
  const client = eks.ports.host.client(record.cluster.name)
  const current = eks.tables.clusters.get(record.cluster.name) ?? record
  for (const definition of addons.filter((addon) => SELF_MANAGED.includes(addon.name))) {
    const install = installOf(eks, current, definition.versionFor(record.cluster.version ?? ''))
    await applyManifests(client, definition.manifests(install), { force: true })
  }
}
