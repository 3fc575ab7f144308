// Owns AssumeRole: whom a role's trust policy lets in, and what the session that it opens carries.
import type { AssumeRoleRequest, AssumeRoleResponse, Credentials } from '@aws-sdk/client-sts'

import { AwsError } from '../../../base/errors.ts'
import type { RequestKeys } from '../../../rules/iam/conditions.ts'
import { trusts, type TrustRequest } from '../../../rules/iam/trust.ts'
import { operation } from '../../protocol/operation.ts'
import type { Principal, PrincipalSession } from '../../protocol/service.ts'
import { checkMfa } from './mfa.ts'
import type { AssumableRole } from './ports.ts'
import { readSessionPolicies, readSessionTags } from './session-input.ts'
import type { Sts } from './sts.ts'

const DEFAULT_SECONDS = 3600
/** API_AssumeRole: "Role chaining limits … to a maximum of one hour." */
const CHAINED_SECONDS = 3600

/** @throws AwsError AccessDenied, ValidationError, MalformedPolicyDocument, InvalidParameterValue */
export const assumeRole = operation<Sts, AssumeRoleRequest, AssumeRoleResponse>()({
  honours: [
    'RoleArn',
    'RoleSessionName',
    'DurationSeconds',
    'ExternalId',
    'Policy',
    'PolicyArns[].arn',
    'Tags[].Key',
    'Tags[].Value',
    'TransitiveTagKeys',
    'SourceIdentity',
    'SerialNumber',
    'TokenCode',
  ],
  handle: async (input, sts, { principal }) => {
    const arn = input.RoleArn ?? ''
    const role = sts.ports.roles.role(arn)
    const hasMfa = input.TokenCode !== undefined && checkMfa(sts, input)
    const inherited = inheritedTags(principal)
    const tags = { ...inherited, ...readSessionTags(input.Tags, Object.keys(inherited)) }
    const sourceIdentity = input.SourceIdentity ?? principal.session?.sourceIdentity
    const context: RequestKeys = {
      'aws:PrincipalArn': principal.session?.roleArn ?? principal.arn,
      'aws:PrincipalAccount': principal.accountId,
      'aws:userid': principal.userId,
      'sts:RoleSessionName': input.RoleSessionName ?? '',
      ...(input.ExternalId === undefined ? {} : { 'sts:ExternalId': input.ExternalId }),
      ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
      ...mfaKeys(principal, hasMfa, sts.nowMs()),
      ...tagKeys(input),
    }
    const asked: TrustRequest['action'][] = ['sts:AssumeRole']
    if (input.Tags?.length) asked.push('sts:TagSession')
    if (input.SourceIdentity !== undefined) asked.push('sts:SetSourceIdentity')
    const { accountId, session } = principal
    const who = { arn: principal.arn, accountId, roleArn: session?.roleArn }
    const refused = asked.find((action) => !role || !trusts(role.trust, { action, principal: who, context }))
    // A role that doesn't exist is answered like one that isn't trusted, so that names can't be probed.
    if (!role || refused !== undefined) throw notAuthorized(principal, refused ?? 'sts:AssumeRole', arn)
    checkDuration(role, input.DurationSeconds, principal)
    return await openSession(sts, role, {
      name: input.RoleSessionName ?? '',
      seconds: input.DurationSeconds,
      session: {
        ...readSessionPolicies(input),
        ...(Object.keys(tags).length > 0 ? { tags } : {}),
        ...transitive(principal, input.TransitiveTagKeys),
        ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
        ...(hasMfa ? { hasMfa } : {}),
      },
    })
  },
})

function notAuthorized(principal: Principal, action: string, arn: string): AwsError {
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${arn}`
  return new AwsError('AccessDenied', message, { status: 403 })
}

function mfaKeys({ session }: Principal, hasMfa: boolean, nowMs: number): RequestKeys {
  if (hasMfa) return { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' }
  if (!session?.hasMfa) return session ? { 'aws:MultiFactorAuthPresent': 'false' } : {}
  const age = Math.floor((nowMs - session.issuedAtMs) / 1000)
  return { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': String(age) }
}

function tagKeys(input: Pick<AssumeRoleRequest, 'Tags' | 'TransitiveTagKeys'>): RequestKeys {
  const tags = input.Tags ?? []
  if (tags.length === 0) return {}
  return {
    ...Object.fromEntries(tags.map(({ Key, Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key = '' }) => Key),
    ...(input.TransitiveTagKeys ? { 'sts:TransitiveTagKeys': input.TransitiveTagKeys } : {}),
  }
}

// "Transitive tags persist during role chaining."
function inheritedTags({ session }: Principal): Record<string, string> {
  const keys = session?.transitiveTagKeys ?? []
  return Object.fromEntries(Object.entries(session?.tags ?? {}).filter(([key]) => keys.includes(key)))
}

function transitive(
  { session }: Principal,
  asked: readonly string[] = [],
): Pick<PrincipalSession, 'transitiveTagKeys'> {
  const keys = [...new Set([...(session?.transitiveTagKeys ?? []), ...asked])]
  return keys.length > 0 ? { transitiveTagKeys: keys } : {}
}

function checkDuration(role: AssumableRole, seconds: number | undefined, { session }: Principal): void {
  if (seconds === undefined) return
  if (session?.roleArn !== undefined && seconds > CHAINED_SECONDS) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  }
  if (seconds > role.maxSessionSeconds) {
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
}

export interface NewSession {
  /** The session's name. */
  readonly name: string
  readonly seconds?: number | undefined
  readonly session?: Omit<PrincipalSession, 'issuedAtMs' | 'roleArn'>
}

/** Gives out credentials of a role, for whoever has been let in. */
export async function openSession(
  sts: Sts,
  role: AssumableRole,
  { name, seconds = DEFAULT_SECONDS, session }: NewSession,
): Promise<{
  Credentials: Credentials
  AssumedRoleUser: { AssumedRoleId: string; Arn: string }
  PackedPolicySize?: number
}> {
  const { accountId } = sts
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${name}`
  const userId = `${role.id}:${name}`
  const carried: PrincipalSession = { ...session, roleArn: role.arn, issuedAtMs: sts.nowMs() }
  const credentials = await sts.sessions.issue({ accountId, arn, userId, session: carried }, seconds)
  const packed = packedSize(carried)
  return {
    Credentials: credentials,
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    ...(packed === undefined ? {} : { PackedPolicySize: packed }),
  }
}

/** "2048 characters" of plain text are the whole that policies and tags may take, in per cent. */
export function packedSize({ policies, tags }: Partial<PrincipalSession>): number | undefined {
  if (!policies && !tags) return undefined
  const length =
    (policies?.document ?? '').replaceAll(/\s/g, '').length +
    Object.entries(tags ?? {}).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return Math.min(100, Math.max(1, Math.ceil((length * 100) / 2048)))
}
