// Owns turning an EKS token into a Kubernetes user.
// Source of the rules: kubernetes-sigs/aws-iam-authenticator pkg/token and pkg/server.
import type { Clock } from '../../../../base/clock.ts'
import type { TokenAuthenticator, UserInfo } from '../../../../kubernetes/server/ports.ts'
import type { Principal } from '../../../protocol/service.ts'
import { authenticationMode } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { readAwsAuth } from './aws-auth.ts'
import { canonicalArn, expandUsername, isSamePrincipal, sessionName } from './principals.ts'

const PREFIX = 'k8s-aws-v1.'
/** A token is good for 15 minutes whatever its X-Amz-Expires says: clients reuse it beyond the 60 s they sign. */
const MAX_AGE_MS = 15 * 60_000
/** Clocks may differ by this much (SigV4). */
const SKEW_MS = 5 * 60_000
const PARAMETERS = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
  'x-amz-user-agent',
])

/** Authenticates `k8s-aws-v1.` tokens of one cluster; every other token is left to others. */
export function createAuthenticator(eks: Eks, clusterName: string): TokenAuthenticator {
  return {
    async authenticate(token) {
      if (!token.startsWith(PREFIX)) return undefined
      const url = parseToken(token, eks.deps.clock)
      if (!url) return undefined
      const principal = eks.ports.presigned.verify(url, { host: url.host, 'x-k8s-aws-id': clusterName })
      return principal && (await mapUser(eks, clusterName, principal))
    },
  }
}

/** The presigned URL in a token; undefined when it is no GetCallerIdentity call, signs no cluster, or is too old. */
export function parseToken(token: string, clock: Clock): URL | undefined {
  const text = Buffer.from(token.slice(PREFIX.length), 'base64url').toString()
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const query = new Map([...url.searchParams].map(([key, value]) => [key.toLowerCase(), value]))
  if ([...query.keys()].some((key) => !PARAMETERS.has(key))) return undefined
  if (url.pathname !== '/' || query.get('action') !== 'GetCallerIdentity') return undefined
  if (!query.get('x-amz-signedheaders')?.split(';').includes('x-k8s-aws-id')) return undefined
  const signedAt = parseAmzDate(query.get('x-amz-date') ?? '')
  const ageMs = clock.now() - signedAt
  return ageMs <= MAX_AGE_MS && ageMs >= -SKEW_MS ? url : undefined
}

function parseAmzDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

/** The user that a principal is in a cluster: by access entry first, then by `aws-auth`; undefined for strangers. */
export async function mapUser(
  eks: Eks,
  clusterName: string,
  principal: Principal,
): Promise<UserInfo | undefined> {
  const cluster = eks.tables.clusters.get(clusterName)
  if (!cluster) return undefined
  const mode = authenticationMode(cluster)
  const canonical = canonicalArn(principal.arn)
  const entry =
    mode === 'CONFIG_MAP'
      ? undefined
      : eks.tables.entries
          .list(`${clusterName}/`)
          .find((record) => isSamePrincipal(record.entry.principalArn, canonical))?.entry
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
