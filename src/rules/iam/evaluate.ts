// Owns the decision on a request: may this principal do this to that resource?
// Source: IAM User Guide, "Policy evaluation logic": an explicit deny is final; a boundary and a session policy only
// narrow; a resource policy may grant by itself what it names the principal for.
import { conditionsHold, type RequestKeys } from './conditions.ts'
import type { CompiledPolicy, CompiledStatement } from './compile-policy.ts'
import { grantOf, type PrincipalFacts } from './principals.ts'

export interface AccessRequest {
  /** `ec2:RunInstances` */
  readonly action: string
  /** An ARN; `*` for an action that has no resources. */
  readonly resource: string
  readonly keys: RequestKeys
}

/** Everything that applies to a request. */
export interface AppliedPolicies {
  /** Of the user and its groups, or of the role. */
  readonly identity: readonly CompiledPolicy[]
  readonly boundary?: CompiledPolicy | undefined
  /** Of the session: any of them has to allow. */
  readonly session?: readonly CompiledPolicy[] | undefined
  readonly resource?: ResourcePolicy | undefined
}

export interface ResourcePolicy {
  readonly policy: CompiledPolicy
  readonly principal: PrincipalFacts
  /** True for role trust and KMS key policies: without their word nothing is allowed. */
  readonly isRequired: boolean
  readonly kind: 'resource' | 'trust'
}

export type PolicyType = 'identity' | 'resource' | 'trust' | 'boundary' | 'session'

export type Decision =
  | { readonly allowed: true; readonly matched: readonly CompiledStatement[] }
  | {
      readonly allowed: false
      readonly isExplicit: boolean
      /** The kind of policy that denies, or that fails to allow. */
      readonly by: PolicyType
      readonly matched: readonly CompiledStatement[]
    }

/** True when the policies of a principal allow it everything, whatever it asks: no request needs to be judged. */
export function allowsEverything({ identity, boundary, session }: AppliedPolicies): boolean {
  if (boundary !== undefined || session !== undefined) return false
  return identity.some(({ allowsAll }) => allowsAll) && !identity.some(({ denies }) => denies)
}

/** Judges a request by everything that applies to it. Nothing is allowed that no policy allows. */
export function decide(request: AccessRequest, applied: AppliedPolicies): Decision {
  const { identity, boundary, session, resource } = applied
  const action = request.action.toLowerCase()
  const judge = (policies: readonly CompiledPolicy[], principal?: ResourcePolicy): Judgement =>
    judgeAll(policies, { ...request, action }, principal)
  const byIdentity = judge(identity)
  const byResource = resource && judge([resource.policy], resource)
  const byBoundary = boundary && judge([boundary])
  const bySession = session && judge(session)

  const all: readonly (readonly [PolicyType, Judgement | undefined])[] = [
    ['identity', byIdentity],
    [resource?.kind ?? 'resource', byResource],
    ['boundary', byBoundary],
    ['session', bySession],
  ]
  for (const [by, judgement] of all) {
    if (judgement?.denials.length) {
      return { allowed: false, isExplicit: true, by, matched: judgement.denials }
    }
  }
  const refused = (by: PolicyType): Decision => ({ allowed: false, isExplicit: false, by, matched: [] })
  const grant = grantBy(byResource, resource)
  if (resource?.isRequired && grant === undefined) return refused(resource.kind)
  // Who is named itself, as a user or a session, needs nothing else.
  if (grant === 'principal') return { allowed: true, matched: byResource?.grants ?? [] }
  if (byIdentity.grants.length === 0 && grant !== 'role') return refused('identity')
  if (byBoundary?.grants.length === 0) return refused('boundary')
  if (bySession?.grants.length === 0) return refused('session')
  return { allowed: true, matched: [...byIdentity.grants, ...(byResource?.grants ?? [])] }
}

interface Judgement {
  readonly grants: readonly CompiledStatement[]
  readonly denials: readonly CompiledStatement[]
}

function judgeAll(
  policies: readonly CompiledPolicy[],
  { action, resource, keys }: AccessRequest,
  owner: ResourcePolicy | undefined,
): Judgement {
  const grants: CompiledStatement[] = []
  const denials: CompiledStatement[] = []
  for (const { statements } of policies) {
    for (const statement of statements) {
      if (!statement.matchesAction(action)) continue
      // What belongs to a resource is about that resource: a trust policy names none.
      if (owner?.kind !== 'trust' && !statement.matchesResource(resource, keys)) continue
      if (owner && grantOf(statement.principals, owner.principal) === undefined) continue
      const holds = conditionsHold(statement.conditions, keys, statement.hasVariables)
      // What cannot be judged grants nothing, and lets nothing through that is denied.
      if (!(holds ?? statement.effect === 'Deny')) continue
      if (statement.effect === 'Deny') denials.push(statement)
      else grants.push(statement)
    }
  }
  return { grants, denials }
}

function grantBy(
  judgement: Judgement | undefined,
  owner: ResourcePolicy | undefined,
): 'principal' | 'role' | 'account' | undefined {
  if (!judgement || !owner) return undefined
  const grants = judgement.grants.map(({ principals }) => grantOf(principals, owner.principal))
  return (['principal', 'role', 'account'] as const).find((grant) => grants.includes(grant))
}
