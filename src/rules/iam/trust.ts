// Owns the question that a trust policy answers: may this principal assume the role?
// Source: IAM User Guide, "Policy evaluation logic", "AWS JSON policy elements: Principal".
import { wildcardMatches } from '../../base/glob.ts'
import { conditionsHold, type RequestKeys } from './conditions.ts'
import { parsePolicy, PolicyError, type Patterns, type Statement } from './policy-document.ts'

/** Who asks to assume a role, and what is known of the request. */
export interface TrustRequest {
  readonly action: 'sts:AssumeRole' | 'sts:AssumeRoleWithWebIdentity' | 'sts:TagSession'
  /** A service (`eks-fargate-pods.amazonaws.com`), a principal's ARN, or an OIDC provider's ARN. */
  readonly principal:
    | { readonly service: string }
    | { readonly arn: string; readonly accountId: string }
    | { readonly federated: string }
  /** Condition keys, e.g. `aws:SourceArn`, `oidc.example/id/A:sub`. */
  readonly context?: RequestKeys
}

/**
 * True when a trust policy allows the request and no statement of it denies it.
 * @param document the AssumeRolePolicyDocument, as JSON; one that IAM would not take trusts nobody
 */
export function trusts(document: string, request: TrustRequest): boolean {
  const statements = statementsOf(document).filter(
    (statement) => matchesAction(statement.actions, request.action) && matchesPrincipal(statement, request),
  )
  const effects = statements.flatMap((statement) => {
    const isJudged = conditionsHold(statement.conditions, request.context ?? {}, statement.hasVariables)
    // What cannot be judged grants nothing and lets nothing through that is denied.
    const applies = isJudged ?? statement.effect === 'Deny'
    return applies ? [statement.effect] : []
  })
  return effects.includes('Allow') && !effects.includes('Deny')
}

function statementsOf(document: string): readonly Statement[] {
  try {
    return parsePolicy(document, 'trust')
  } catch (error) {
    if (error instanceof PolicyError) return []
    throw error
  }
}

function matchesAction({ isNot, values }: Patterns, action: string): boolean {
  const isNamed = values.some((pattern) => wildcardMatches(pattern.toLowerCase(), action.toLowerCase()))
  return isNamed !== isNot
}

function matchesPrincipal({ principals }: Statement, { principal }: TrustRequest): boolean {
  return isNamed(principals.byKind, principal) !== principals.isNot
}

function isNamed(
  named: Readonly<Record<string, readonly string[]>>,
  principal: TrustRequest['principal'],
): boolean {
  if ('service' in principal) return named['Service']?.includes(principal.service) ?? false
  if ('federated' in principal) return named['Federated']?.includes(principal.federated) ?? false
  const account = principal.accountId
  // An account stands for every principal in it.
  const accepted = [
    '*',
    account,
    `arn:aws:iam::${account}:root`,
    principal.arn,
    assumedRoleArn(principal.arn),
  ]
  return named['AWS']?.some((arn) => accepted.includes(arn)) ?? false
}

/** The role's ARN of a session's ARN, for roles without a path. */
function assumedRoleArn(arn: string): string {
  const match = /^arn:(aws[a-z-]*):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn)
  return match ? `arn:${match[1]}:iam::${match[2]}:role/${match[3]}` : arn
}
