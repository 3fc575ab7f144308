// Owns putting an add-on's objects into a cluster, and taking them out.
import { InternalError, isNotFound } from '../../../../base/errors.ts'
import { isObject } from '../../../../base/json.ts'
import type { KubernetesClient, Resource } from '../../../../kubernetes/client/client.ts'
import {
  apiServices,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  csiDrivers,
  daemonSets,
  deployments,
  namespaces,
  serviceAccounts,
  services,
  storageClasses,
} from '../../../../kubernetes/client/resources.ts'
import { serviceCidrOf } from '../../../../rules/eks/cluster-network.ts'
import type { ClusterRecord, Eks } from '../state.ts'
import type { AddonInstall, Manifest } from './definition.ts'

const resources: readonly Resource[] = [
  apiServices,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  csiDrivers,
  daemonSets,
  deployments,
  namespaces,
  serviceAccounts,
  services,
  storageClasses,
]

/** What the manifests of an add-on are written from, for one cluster. */
export function installOf(
  eks: Eks,
  record: ClusterRecord,
  version: string,
  values: Readonly<Record<string, unknown>> = {},
): AddonInstall {
  return {
    region: eks.deps.region,
    clusterName: record.cluster.name,
    clusterEndpoint: record.cluster.endpoint ?? '',
    serviceCidr: serviceCidrOf(record.cluster.kubernetesNetworkConfig ?? {}),
    version,
    values,
  }
}

/**
 * Applies the manifests by server-side apply, as EKS does (field manager `eks`).
 * @throws StatusError Conflict when someone else owns a field and `force` is off
 */
export async function applyManifests(
  client: KubernetesClient,
  manifests: readonly Manifest[],
  options: { force: boolean },
): Promise<void> {
  for (const manifest of manifests) {
    await client.patch(resourceOf(manifest), keyOf(manifest), manifest, {
      type: 'apply',
      fieldManager: 'eks',
      force: options.force,
    })
  }
}

/** Deletes the objects of the manifests, newest first; what is not there any more is no error. */
export async function deleteManifests(
  client: KubernetesClient,
  manifests: readonly Manifest[],
): Promise<void> {
  for (const manifest of manifests.toReversed()) {
    try {
      await client.delete(resourceOf(manifest), keyOf(manifest), { propagationPolicy: 'Background' })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

function resourceOf(manifest: Manifest): Resource {
  const found = resources.find((resource) => resource.kind === manifest.kind)
  if (!found) throw new InternalError(`no add-on may install a ${manifest.kind}`)
  return found
}

function keyOf(manifest: Manifest): { name: string; namespace?: string } {
  const { name, namespace } = manifest.metadata
  return namespace === undefined ? { name } : { name, namespace }
}

/** Parses configurationValues; an empty object for none. The text has been checked when it was given. */
export function parseValues(text: string | undefined): Readonly<Record<string, unknown>> {
  if (!text) return {}
  const value: unknown = JSON.parse(text)
  return isObject(value) ? value : {}
}
