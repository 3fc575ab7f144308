// Owns turning an EKS token into a Kubernetes user.
// Source of the rules: kubernetes-sigs/aws-iam-authenticator pkg/token and pkg/server.
import { wallTime } from '../../../../base/clock.ts'
import type { TokenAuthenticator, UserInfo } from '../../../../kubernetes/server/ports.ts'
import { urlOfEksToken, verifyPresignedGetCallerIdentity } from '../../../protocol/presigned.ts'
import type { Principal } from '../../../protocol/service.ts'
import { authenticationMode } from '../lookup.ts'
import type { EksAccess } from '../state.ts'
import { readAwsAuth } from './aws-auth.ts'
import { entryOfPrincipal } from './entry-of-principal.ts'
import { canonicalArn, expandUsername, isSamePrincipal, sessionName } from './principals.ts'
import { isTokenUrl } from './token-url.ts'
import { VerifiedTokens } from './verified-tokens.ts'

/** Authenticates `k8s-aws-v1.` tokens of one cluster; every other token is left to others. */
export function createAuthenticator(eks: EksAccess, clusterName: string): TokenAuthenticator {
  const verified = new VerifiedTokens(eks.ports.credentials)
  const verify = (token: string): Principal | undefined => {
    const { clock } = eks.deps
    const [nowMs, wallMs] = [clock.now(), wallTime(clock)]
    const known = verified.principalOf(token, nowMs, wallMs)
    if (known) return known
    const url = urlOfEksToken(token)
    if (url === undefined || !isTokenUrl(url, eks.deps.region)) return undefined
    const principal = verifyPresignedGetCallerIdentity(url, {
      credentials: eks.ports.credentials,
      nowMs,
      wallMs,
      region: eks.deps.region,
      headers: { 'x-k8s-aws-id': clusterName },
    })
    if (principal) verified.remember(token, url, principal)
    return principal
  }
  return {
    async authenticate(token) {
      const principal = verify(token)
      return principal && (await mapUser(eks, clusterName, principal))
    },
  }
}

/** The user that a principal is in a cluster: by access entry first, then by `aws-auth`; undefined for strangers. */
export async function mapUser(
  eks: EksAccess,
  clusterName: string,
  principal: Principal,
): Promise<UserInfo | undefined> {
  const cluster = eks.tables.clusters.get(clusterName)
  if (!cluster) return undefined
  const mode = authenticationMode(cluster)
  const canonical = canonicalArn(principal.arn)
  const entry =
    mode === 'CONFIG_MAP' ? undefined : entryOfPrincipal(eks.tables, clusterName, canonical)?.entry
  if (entry) return user(principal, entry.username ?? canonical, entry.kubernetesGroups ?? [])
  if (isBootstrapAdmin(principal, canonical, cluster)) {
    return user(principal, 'kubernetes-admin', ['system:masters'])
  }
  if (mode === 'API') return undefined
  const auth = await readAwsAuth(eks.ports.host.client(clusterName))
  const mapped =
    auth.roles.find((role) => isSamePrincipal(role.rolearn, canonical)) ??
    auth.users.find((mappedUser) => mappedUser.userarn === canonical)
  if (mapped) return user(principal, mapped.username, mapped.groups)
  return auth.accounts.includes(principal.accountId) ? user(principal, canonical, []) : undefined
}

// In CONFIG_MAP mode the creator is an administrator that no list shows; the root user cannot have an access
// entry, so as a creator it keeps that standing in every mode.
function isBootstrapAdmin(
  principal: Principal,
  canonical: string,
  cluster: {
    readonly creatorArn: string
    readonly cluster: {
      readonly accessConfig?:
        | {
            readonly bootstrapClusterCreatorAdminPermissions?: boolean | undefined
            readonly authenticationMode?: string | undefined
          }
        | undefined
    }
  },
): boolean {
  const access = cluster.cluster.accessConfig
  if (!access?.bootstrapClusterCreatorAdminPermissions) return false
  const hasNoEntry = access.authenticationMode === 'CONFIG_MAP' || canonical.endsWith(':root')
  return hasNoEntry && canonicalArn(cluster.creatorArn) === canonical && principal.arn !== ''
}

function user(principal: Principal, username: string, groups: readonly string[]): UserInfo {
  const principalId = principal.userId.split(':')[0] ?? principal.userId
  return {
    username: expandUsername(username, principal),
    uid: `aws-iam-authenticator:${principal.accountId}:${principalId}`,
    groups: [...groups, 'system:authenticated'],
    extra: {
      accessKeyId: [principal.accessKeyId],
      arn: [principal.arn],
      canonicalArn: [canonicalArn(principal.arn)],
      principalId: [principalId],
      sessionName: [sessionName(principal.arn)],
    },
  }
}
