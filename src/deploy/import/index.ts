// Owns the files of `neargate import`: the ClusterConfig and the manifests of a cluster that runs.
import { stringify } from 'yaml'

import type { Clock } from '../../base/clock.ts'
import { UserError } from '../../base/errors.ts'
import { serviceAccounts } from '../../kubernetes/client/resources.ts'
import type { Cloud } from '../cloud.ts'
import { openClusterClient } from '../cluster-client.ts'
import { answering, describeCluster } from '../cluster.ts'
import { explainRefusal } from '../refusal.ts'
import { importConfig } from './cluster.ts'
import { importManifests } from './manifests.ts'

export interface ImportedFiles {
  /** Texts by path, relative to the directory that is written. */
  readonly files: Readonly<Record<string, string>>
  /** What the files leave out, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * Reads a cluster, whoever made it. Nothing is changed.
 * @throws UserError when there is none of the name, its API cannot be reached, or rights are missing
 */
export async function importCluster(cloud: Cloud, clock: Clock, name: string): Promise<ImportedFiles> {
  try {
    return await readCluster(cloud, clock, name)
  } catch (error) {
    throw explainRefusal(error, `importing ${name}`)
  }
}

async function readCluster(cloud: Cloud, clock: Clock, name: string): Promise<ImportedFiles> {
  const cluster = await describeCluster({ cloud }, name)
  if (!cluster) {
    throw new UserError(`there is no cluster ${name} in ${cloud.region}`, {
      help: 'Name one of `aws eks list-clusters`, and its region with --region.',
    })
  }
  const address = answering(cluster)
  if (!address) throw new UserError(`the cluster ${name} is ${cluster.status}: it has no API yet`)
  const kubernetes = openClusterClient(cloud, address, clock)
  try {
    const accounts = (await kubernetes.list(serviceAccounts)).items
    const config = await importConfig(cloud, cluster, accounts)
    const made = (config.value.iam?.serviceAccounts ?? []).map(
      ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
    )
    const manifests = await importManifests(kubernetes, new Set(made))
    const applications = [...manifests.byNamespace].map(
      ([namespace, objects]) =>
        [`${namespace}.yaml`, objects.map((object) => `---\n${stringify(object)}`).join('')] as const,
    )
    return {
      files: { 'cluster.yaml': stringify(config.value), ...Object.fromEntries(applications) },
      notes: [...config.notes, ...manifests.notes],
    }
  } finally {
    kubernetes.close()
  }
}
