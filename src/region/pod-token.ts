// Owns what EKS Auth takes from the token of a pod: its service account and itself, as its own cluster has signed them.
import type { ClusterAccess } from '../aws/services/eks/index.ts'
import type { PodToken } from '../aws/services/eks-auth/index.ts'
import type { WebIdentityVerifier } from '../aws/services/sts/index.ts'

// kubernetes pkg/apis/serviceaccount/util: neither part holds a colon.
const SUBJECT = /^system:serviceaccount:([^:]+):([^:]+)$/

/** The claims of a token that the named cluster has signed for a pod; undefined for any other token. */
export function podTokens(
  tokens: WebIdentityVerifier,
  clusters: ClusterAccess['clusters'],
): (clusterName: string, token: string) => Promise<PodToken | undefined> {
  return async (clusterName, token) => {
    const identity = await tokens.verify(token)
    const issuer = clusters.get(clusterName)?.cluster.identity?.oidc?.issuer
    if (!identity?.pod || identity.issuer !== issuer) return undefined
    const [, namespace, serviceAccount] = SUBJECT.exec(identity.subject) ?? []
    if (namespace === undefined || serviceAccount === undefined) return undefined
    const { pod, audiences } = identity
    return { namespace, serviceAccount, podName: pod.name, podUid: pod.uid, audiences }
  }
}
