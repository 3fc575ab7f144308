// Owns `up` into a near region: what the deployment is given there that AWS has by itself.
import type { Clock } from '../base/clock.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { SourcedObject } from '../deploy/apply.ts'
import type { Consent } from '../deploy/stack-plan.ts'
import type { Deployment } from '../deploy/deployment.ts'
import { up } from '../deploy/up.ts'
import { defaultKubernetesVersion } from '../rules/eks/kubernetes-versions.ts'
import type { ProgressListener } from '../terminal/progress-view.ts'
import { openNearDeployment } from './deployment.ts'
import { saveKubeconfig } from './kubeconfig.ts'
import type { NearRegion } from './near-region.ts'
import { networkOf } from './network.ts'
import { nearWeb } from './web.ts'
import { watchWrites } from './unwritable.ts'
import type { UpResult } from '../deploy/up-result.ts'

export interface NearUp {
  readonly config: ClusterConfig
  readonly manifests: readonly SourcedObject[]
  readonly clock: Clock
  /** Says whether `aws` is there to make tokens for the kubeconfig. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly listener: ProgressListener
  readonly consent: Consent
  /** How long a rollout or a load balancer may take. */
  readonly timeoutMs: number
}

/**
 * Builds the cluster with its applications, and puts it into the kubeconfig of the data directory.
 * @throws UserError when a step fails; running it again goes on from there
 */
export async function upNear(near: NearRegion, options: NearUp): Promise<UpResult> {
  const { config, manifests, environment, timeoutMs } = options
  const writes = watchWrites(options.listener, near.admin)
  const deployment = openNearDeployment(near, { ...options, listener: writes.listener })
  try {
    return await up({
      ...deployment,
      manifests,
      version: config.metadata.version ?? defaultKubernetesVersion,
      web: nearWeb(near.admin),
      prepareNetwork: () => prepareNetwork(deployment, near),
      confirm: async ({ context, isNew }) => {
        if (!isNew) return
        // Needed once in the life of a cluster.
        const { assertRoom } = await import('./quotas.ts')
        await assertRoom(context)
      },
      onCluster: (cluster) =>
        saveKubeconfig(cluster, { ...near, awsEndpoint: near.running.endpoint, environment }),
      timeoutMs,
    })
  } catch (error) {
    throw await writes.explain(error)
  } finally {
    deployment.close()
  }
}

// Near only: on AWS the subnets of the file are there already.
async function prepareNetwork({ context }: Deployment, near: NearRegion): Promise<void> {
  const request = networkOf(context.config)
  if (!request) return
  await context.progress.step('network', async () => {
    const { vpcId, created } = await near.admin.prepareNetwork(request)
    return { outcome: created ? 'created' : 'unchanged', detail: vpcId }
  })
}
