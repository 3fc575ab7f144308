// Owns the question that a trust policy answers: may this principal assume the role?
// Source: IAM User Guide, "Policy evaluation logic", "AWS JSON policy elements: Principal".
import { compilePolicy } from './compile-policy.ts'
import type { RequestKeys } from './conditions.ts'
import { decide } from './evaluate.ts'
import type { PrincipalFacts } from './principals.ts'

/** Who asks to assume a role, and what is known of the request. */
export interface TrustRequest {
  readonly action:
    | 'sts:AssumeRole'
    | 'sts:AssumeRoleWithWebIdentity'
    | 'sts:AssumeRoleWithSAML'
    | 'sts:TagSession'
    | 'sts:SetSourceIdentity'
  /** A service (`eks-fargate-pods.amazonaws.com`), a principal's ARN, or an identity provider's ARN. */
  readonly principal: PrincipalFacts
  /** Condition keys, e.g. `aws:SourceArn`, `oidc.example/id/A:sub`. */
  readonly context?: RequestKeys
}

/**
 * True when a trust policy allows the request and no statement of it denies it.
 * @param document the AssumeRolePolicyDocument, as JSON; one that IAM would not take trusts nobody
 */
export function trusts(document: string, { action, principal, context = {} }: TrustRequest): boolean {
  const resource = { policy: compilePolicy(document), principal, isRequired: true, kind: 'trust' } as const
  const decision = decide({ action, resource: '*', keys: context }, { identity: [], resource })
  // Where the account is trusted, the trust policy has said what it has to say.
  return decision.allowed || (!decision.isExplicit && decision.by === 'identity')
}
