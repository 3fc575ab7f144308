// Owns the wiring of a near deployment: SDK clients, the Kubernetes client, and the progress that is shown.
import { openCloud, type Cloud } from '../deploy/cloud.ts'
import type { DeployContext } from '../deploy/context.ts'
import { createFindResource } from '../deploy/find-resource.ts'
import type { FindResource } from '../deploy/apply.ts'
import { Progress, type ProgressListener } from '../deploy/progress.ts'
import { createToken } from '../deploy/token.ts'
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { createHttpClient, discoverResources } from '../kubernetes/client/http.ts'
import type { App, Near } from './app.ts'

export interface Deployment {
  readonly context: DeployContext
  readonly findResource: (kubernetes: KubernetesClient) => FindResource
  close(): void
}

/** Opens a deployment of the config in a near region. */
export function openDeployment(app: App, near: Near, config: ClusterConfig, listener: ProgressListener): Deployment {
  const { identity, running } = near
  const cloud: Cloud = openCloud({ region: identity.region, endpoint: running.endpoint, credentials: identity })
  const clients = new Map<KubernetesClient, { close(): void }>()
  const context: DeployContext = {
    cloud,
    clock: app.clock,
    config,
    progress: new Progress(listener, () => app.clock.now()),
    openKubernetes: (cluster) => {
      const client = createHttpClient({
        endpoint: cluster.endpoint,
        certificateAuthority: Buffer.from(cluster.certificateAuthorityData, 'base64').toString(),
        fieldManager: 'neargate',
        token: async () => {
          const { identity: credentials } = near
          const options = { cluster: cluster.name, region: identity.region, credentials, endpoint: running.endpoint }
          return (await createToken({ ...options, clock: app.clock })).token
        },
      })
      clients.set(client, client)
      return client
    },
  }
  return {
    context,
    findResource: (kubernetes) => createFindResource((groupVersion) => discoverResources(kubernetes, groupVersion)),
    close: () => {
      cloud.close()
      for (const client of clients.values()) client.close()
    },
  }
}
