// Owns the wiring of a deployment: AWS clients, Kubernetes clients that sign in with AWS, and the progress that is shown.
import type { Clock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { HttpClient } from '../kubernetes/client/http.ts'
import type { ProgressListener } from '../terminal/progress-view.ts'
import type { FindResource } from './apply.ts'
import type { Cloud } from './cloud.ts'
import { openClusterClient } from './cluster-client.ts'
import type { DeployContext } from './context.ts'
import { createFindResource } from './find-resource.ts'
import type { Pace } from './pace.ts'
import { Progress } from './progress.ts'
import type { Consent } from './stack-plan.ts'

export interface Deployment {
  readonly context: DeployContext
  readonly findResource: (kubernetes: KubernetesClient) => FindResource
  close(): void
}

/** What whoever runs a deployment says about it, wherever it goes. */
export interface DeploymentOptions {
  readonly config: ClusterConfig
  readonly clock: Clock
  readonly listener: ProgressListener
  readonly consent: Consent
}

/** Opens a deployment of the config to where the cloud's clients lead. */
export function openDeployment(
  { cloud, pace }: { readonly cloud: Cloud; readonly pace: Pace },
  { config, clock, listener, consent }: DeploymentOptions,
): Deployment {
  const clients: HttpClient[] = []
  const context: DeployContext = {
    cloud,
    clock,
    pace,
    ids: randomIds,
    consent,
    config,
    progress: new Progress(listener, () => clock.now()),
    openKubernetes: (cluster) => {
      const client = openClusterClient(cloud, cluster, clock)
      clients.push(client)
      return client
    },
  }
  return {
    context,
    findResource: (kubernetes) =>
      createFindResource(async (groupVersion) =>
        kubernetes instanceof HttpClient ? kubernetes.resourcesOf(groupVersion) : undefined,
      ),
    close: () => {
      cloud.close()
      for (const client of clients) client.close()
    },
  }
}
