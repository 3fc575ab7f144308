// Owns what every step of a deployment works with.
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { clusterTags } from '../rules/eksctl/tags.ts'
import type { Progress } from './progress.ts'
import type { StackContext } from './stack-plan.ts'

/** Opens the Kubernetes API of a cluster as the caller of AWS. */
export type OpenKubernetes = (cluster: {
  readonly name: string
  readonly endpoint: string
  readonly certificateAuthorityData: string
}) => KubernetesClient

export interface DeployContext extends StackContext {
  readonly config: ClusterConfig
  readonly progress: Progress
  readonly openKubernetes: OpenKubernetes
}

/** Tags by which eksctl recognises the stacks of a cluster, with those of the file. */
export function stackTags(
  config: ClusterConfig,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    ...config.metadata.tags,
    ...clusterTags(config.metadata.name),
    ...extra,
  }
}
