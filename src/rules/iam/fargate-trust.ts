// Owns what a pod execution role must trust before Fargate may use it.
// Source: Amazon EKS User Guide, "Amazon EKS Pod execution IAM role".
import { isObject } from '../../base/json.ts'

const FARGATE_PRINCIPAL = 'eks-fargate-pods.amazonaws.com'
/** The message of InvalidParameterException for a role without that trust. */
export const MISCONFIGURED_TRUST =
  'Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal'

/**
 * True when a trust policy lets Fargate assume the role for this profile.
 *
 * @param policy the parsed AssumeRolePolicyDocument
 * @param profileArn `arn:aws:eks:REGION:ACCOUNT:fargateprofile/CLUSTER/NAME/UUID`; compared with an aws:SourceArn
 *   condition when the policy has one
 */
export function trustsFargate(policy: unknown, profileArn: string): boolean {
  const statements = listOf(isObject(policy) ? policy['Statement'] : undefined)
  return statements.some((statement) => isObject(statement) && statementAllows(statement, profileArn))
}

/** True when the role's ARN has the only form that EKS takes: no path but `/`. */
export function isPlainRoleArn(arn: string): boolean {
  return /^arn:aws[a-z-]*:iam::\d{12}:role\/[^/]+$/.test(arn)
}

function statementAllows(statement: Record<string, unknown>, profileArn: string): boolean {
  const principal = statement['Principal']
  const services = listOf(isObject(principal) ? principal['Service'] : undefined)
  return (
    statement['Effect'] === 'Allow' &&
    services.includes(FARGATE_PRINCIPAL) &&
    listOf(statement['Action']).some(
      (action) => action === 'sts:AssumeRole' || action === 'sts:*' || action === '*',
    ) &&
    sourceArnMatches(statement['Condition'], profileArn)
  )
}

/** ARN and string operators compare alike here; each with `*` and `?` where the operator knows them. */
function sourceArnMatches(condition: unknown, profileArn: string): boolean {
  if (!isObject(condition)) return true
  for (const [operator, keys] of Object.entries(condition)) {
    if (!isObject(keys)) continue
    const entry = Object.entries(keys).find(([key]) => key.toLowerCase() === 'aws:sourcearn')
    if (!entry) continue
    const exact = operator === 'StringEquals'
    if (!listOf(entry[1]).some((pattern) => arnMatches(String(pattern), profileArn, exact))) return false
  }
  return true
}

function arnMatches(pattern: string, arn: string, exact: boolean): boolean {
  if (exact) return pattern === arn
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`).test(arn)
}

function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
