// Owns the opening of a cluster's Kubernetes API for whoever AWS's credentials are.
import type { Clock } from '../base/clock.ts'
import { HttpClient } from '../kubernetes/client/http.ts'
import { FIELD_MANAGER } from './apply.ts'
import type { Cloud } from './cloud.ts'
import { createToken } from './token.ts'

/** What EKS tells of a cluster's API. */
export interface ClusterAddress {
  readonly name: string
  readonly endpoint: string
  /** A certificate in PEM, in Base64. */
  readonly certificateAuthorityData: string
}

// A token lasts for a quarter of an hour; a new one is made well before.
const TOKEN_REUSE_MS = 10 * 60_000

/** A client of the cluster, to be closed; nothing is sent yet. */
export function openClusterClient(cloud: Cloud, cluster: ClusterAddress, clock: Clock): HttpClient {
  return new HttpClient({
    url: cluster.endpoint,
    ca: Buffer.from(cluster.certificateAuthorityData, 'base64').toString(),
    fieldManager: FIELD_MANAGER,
    token: tokenSource(cloud, { cluster: cluster.name, clock }),
  })
}

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
