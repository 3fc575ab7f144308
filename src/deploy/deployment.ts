// Owns the wiring of a deployment: AWS clients, Kubernetes clients that sign in with AWS, and the progress that is shown.
import type { Clock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { HttpClient } from '../kubernetes/client/http.ts'
import type { ProgressListener } from '../terminal/progress-view.ts'
import { FIELD_MANAGER, type FindResource } from './apply.ts'
import type { Cloud } from './cloud.ts'
import type { DeployContext } from './context.ts'
import { createFindResource } from './find-resource.ts'
import type { Pace } from './pace.ts'
import { Progress } from './progress.ts'
import type { Consent } from './stack-plan.ts'
import { createToken } from './token.ts'

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
      const client = new HttpClient({
        url: cluster.endpoint,
        ca: Buffer.from(cluster.certificateAuthorityData, 'base64').toString(),
        fieldManager: FIELD_MANAGER,
        token: tokenSource(cloud, { cluster: cluster.name, clock }),
      })
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

// A token lasts for a quarter of an hour; a new one is made well before.
const TOKEN_REUSE_MS = 10 * 60_000

function tokenSource(
  { region, endpoint, credentials }: Cloud,
  { cluster, clock }: { readonly cluster: string; readonly clock: Clock },
): () => Promise<string> {
  let current: { readonly token: Promise<string>; readonly madeMs: number } | undefined
  return () => {
    const nowMs = clock.now()
    if (!current || nowMs - current.madeMs > TOKEN_REUSE_MS) {
      const made = createToken({
        cluster,
        region,
        credentials,
        clock,
        ...(endpoint === undefined ? {} : { endpoint }),
      }).then(({ token }) => token)
      // One that could not be made is asked for again.
      made.catch(() => (current = undefined))
      current = { token: made, madeMs: nowMs }
    }
    return current.token
  }
}
