// Owns what an add-on's workload says of its health.
import { isNotFound } from '../../../../base/errors.ts'
import type { KubernetesClient } from '../../../../kubernetes/client/client.ts'
import { daemonSets, deployments } from '../../../../kubernetes/client/resources.ts'
import type { AddonDefinition } from './definition.ts'

export interface AddonIssue {
  readonly code: 'InsufficientNumberOfReplicas'
  readonly message: string
}

/** The issue with the workload; undefined when everything it wants is available. */
export async function findIssue(
  client: KubernetesClient,
  definition: AddonDefinition,
): Promise<AddonIssue | undefined> {
  const key = { namespace: definition.namespace, name: definition.workload.name }
  try {
    const isHealthy =
      definition.workload.kind === 'Deployment'
        ? isDeploymentReady(await client.get(deployments, key))
        : isDaemonSetReady(await client.get(daemonSets, key))
    return isHealthy ? undefined : insufficient()
  } catch (error) {
    if (isNotFound(error)) return insufficient()
    throw error
  }
}

interface WithStatus {
  readonly metadata: { readonly generation?: number | undefined }
}

function isDeploymentReady(
  object: WithStatus & {
    readonly spec?: { readonly replicas?: number | undefined } | undefined
    readonly status?:
      | {
          readonly observedGeneration?: number | undefined
          readonly availableReplicas?: number | undefined
          readonly updatedReplicas?: number | undefined
        }
      | undefined
  },
): boolean {
  const wanted = object.spec?.replicas ?? 1
  return (
    isObserved(object.metadata.generation, object.status?.observedGeneration) &&
    (object.status?.availableReplicas ?? 0) >= wanted &&
    (object.status?.updatedReplicas ?? 0) >= wanted
  )
}

// A DaemonSet on no node is healthy: EKS shows vpc-cni ACTIVE before the first node joins.
function isDaemonSetReady(
  object: WithStatus & {
    readonly status?:
      | {
          readonly observedGeneration?: number | undefined
          readonly desiredNumberScheduled?: number | undefined
          readonly numberAvailable?: number | undefined
        }
      | undefined
  },
): boolean {
  return (
    isObserved(object.metadata.generation, object.status?.observedGeneration) &&
    (object.status?.numberAvailable ?? 0) >= (object.status?.desiredNumberScheduled ?? 0)
  )
}

function isObserved(generation = 0, observed = 0): boolean {
  return observed >= generation
}

function insufficient(): AddonIssue {
  return {
    code: 'InsufficientNumberOfReplicas',
    message: "The add-on is unhealthy because it doesn't have the desired number of replicas.",
  }
}
