// Owns the wiring of a near deployment: SDK clients, the Kubernetes client, and the progress that is shown.
import type { Clock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import { openCloud, type Cloud } from '../deploy/cloud.ts'
import type { DeployContext } from '../deploy/context.ts'
import { createFindResource } from '../deploy/find-resource.ts'
import { FIELD_MANAGER, type FindResource } from '../deploy/apply.ts'
import { Progress } from '../deploy/progress.ts'
import type { Consent } from '../deploy/stack-plan.ts'
import type { ProgressListener } from '../terminal/progress-view.ts'
import { createToken } from '../deploy/token.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { HttpClient } from '../kubernetes/client/http.ts'
import type { NearRegion } from './near-region.ts'

export interface Deployment {
  readonly context: DeployContext
  readonly findResource: (kubernetes: KubernetesClient) => FindResource
  close(): void
}

export interface DeploymentOptions {
  readonly config: ClusterConfig
  readonly clock: Clock
  readonly listener: ProgressListener
  readonly consent: Consent
}

/** Opens a deployment of the config in a near region. */
export function openDeployment(
  near: NearRegion,
  { config, clock, listener, consent }: DeploymentOptions,
): Deployment {
  const { identity, running } = near
  const cloud: Cloud = openCloud({
    region: identity.region,
    endpoint: running.endpoint,
    credentials: identity,
  })
  const clients: HttpClient[] = []
  const context: DeployContext = {
    cloud,
    clock,
    ids: randomIds,
    consent,
    config,
    progress: new Progress(listener, () => clock.now()),
    openKubernetes: (cluster) => {
      const client = new HttpClient({
        url: cluster.endpoint,
        ca: Buffer.from(cluster.certificateAuthorityData, 'base64').toString(),
        fieldManager: FIELD_MANAGER,
        token: tokenSource(near, { cluster: cluster.name, clock }),
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
  { identity, running }: NearRegion,
  { cluster, clock }: { readonly cluster: string; readonly clock: Clock },
): () => Promise<string> {
  let current: { readonly token: Promise<string>; readonly madeMs: number } | undefined
  return () => {
    const nowMs = clock.now()
    if (!current || nowMs - current.madeMs > TOKEN_REUSE_MS) {
      const { region } = identity
      const made = createToken({
        cluster,
        region,
        credentials: identity,
        endpoint: running.endpoint,
        clock,
      })
      current = { token: made.then(({ token }) => token), madeMs: nowMs }
    }
    return current.token
  }
}
