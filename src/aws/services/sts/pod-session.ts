// Owns the sessions that EKS Pod Identity opens: of a role with tags of the pod, and of a role behind that one.
// Source: EKS user guide, "Assign an IAM role to a Kubernetes service account", "… target IAM roles".
import { PODS_PRINCIPAL } from '../../../rules/iam/service-trust.ts'
import { trusts } from '../../../rules/iam/trust.ts'
import type { PodSession, PodSessionRequest } from '../eks-auth/ports.ts'
import { openSession } from './assume-role.ts'
import type { AssumableRole } from './ports.ts'
import type { Sts } from './sts.ts'

// EKS user guide: the credentials of an association last six hours; those of a chained role one (STS).
const POD_SECONDS = 6 * 3600
const CHAINED_SECONDS = 3600

/** @returns undefined when a role is not there or doesn't trust whoever would assume it */
export async function openPodSession(sts: Sts, request: PodSessionRequest): Promise<PodSession | undefined> {
  const first = sts.ports.roles.role(request.roleArn)
  if (!first || !trustsPod(sts, first, request)) return undefined
  const { target } = request
  if (!target) return await issue(sts, { role: first, request, seconds: POD_SECONDS })
  const second = sts.ports.roles.role(target.roleArn)
  if (!second || !trustsSession(sts, { first, second }, request)) return undefined
  return await issue(sts, { role: second, request, seconds: CHAINED_SECONDS })
}

function requestKeys({ tags }: PodSessionRequest): Record<string, string | readonly string[]> {
  const keys = Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const)
  return { ...Object.fromEntries(keys), ...(keys.length > 0 ? { 'aws:TagKeys': Object.keys(tags) } : {}) }
}

function trustsPod(sts: Sts, role: AssumableRole, request: PodSessionRequest): boolean {
  const context = {
    'aws:SourceArn': request.clusterArn,
    'aws:SourceAccount': sts.accountId,
    ...requestKeys(request),
  }
  const may = (action: 'sts:AssumeRole' | 'sts:TagSession'): boolean =>
    trusts(role.trust, { action, principal: { service: PODS_PRINCIPAL }, context })
  return may('sts:AssumeRole') && (Object.keys(request.tags).length === 0 || may('sts:TagSession'))
}

// The second role sees the session of the first: its tags are transitive, and it is told the external id.
function trustsSession(
  sts: Sts,
  { first, second }: { readonly first: AssumableRole; readonly second: AssumableRole },
  request: PodSessionRequest,
): boolean {
  const arn = sessionArn(sts, first, request)
  const principalTags = Object.entries(request.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])
  const context = {
    'aws:PrincipalArn': first.arn,
    'aws:PrincipalAccount': sts.accountId,
    'sts:ExternalId': request.target?.externalId ?? '',
    ...Object.fromEntries(principalTags),
    ...requestKeys(request),
  }
  const principal = { arn, accountId: sts.accountId, roleArn: first.arn }
  return trusts(second.trust, { action: 'sts:AssumeRole', principal, context })
}

function sessionArn(sts: Sts, role: AssumableRole, { name }: PodSessionRequest): string {
  return `arn:aws:sts::${sts.accountId}:assumed-role/${role.name}/${name}`
}

async function issue(
  sts: Sts,
  of: { readonly role: AssumableRole; readonly request: PodSessionRequest; readonly seconds: number },
): Promise<PodSession> {
  const { role, request, seconds } = of
  const { name, tags, policy } = request
  const { Credentials: keys, AssumedRoleUser: user } = await openSession(sts, role, {
    name,
    seconds,
    session: {
      tags,
      // "The session tags … are transitive": they go on into roles that the pod assumes in turn.
      transitiveTagKeys: Object.keys(tags),
      ...(policy === undefined ? {} : { policies: { arns: [], document: policy } }),
    },
  })
  return {
    assumedRoleUser: { arn: user.Arn, assumeRoleId: user.AssumedRoleId },
    credentials: {
      accessKeyId: keys.AccessKeyId ?? '',
      secretAccessKey: keys.SecretAccessKey ?? '',
      sessionToken: keys.SessionToken ?? '',
      expiration: keys.Expiration ?? new Date(0),
    },
  }
}
