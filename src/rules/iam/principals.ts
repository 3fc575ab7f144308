// Owns whom the Principal element of a policy names.
// Source: IAM User Guide, "AWS JSON policy elements: Principal".
import type { Statement } from './policy-document.ts'

/** Who sends a request, as policies name principals. */
export type PrincipalFacts =
  | { readonly service: string }
  | { readonly federated: string }
  | {
      readonly arn: string
      readonly accountId: string
      /** Of a session: the ARN of its role, with its path. */
      readonly roleArn?: string | undefined
    }

/**
 * As what a principal is named: by itself (a user, a session, a service, everybody), by its role, or by its account,
 * which only leaves it to the account's own policies; undefined when it is not named.
 */
export function grantOf(
  { isNot, byKind }: Statement['principals'],
  principal: PrincipalFacts,
): 'principal' | 'role' | 'account' | undefined {
  const named = namedAs(byKind, principal)
  if (!isNot) return named
  return named === undefined ? 'principal' : undefined
}

function namedAs(
  named: Readonly<Record<string, readonly string[]>>,
  principal: PrincipalFacts,
): 'principal' | 'role' | 'account' | undefined {
  if ('service' in principal) {
    return named['Service']?.includes(principal.service) ? 'principal' : undefined
  }
  if ('federated' in principal) {
    return named['Federated']?.includes(principal.federated) ? 'principal' : undefined
  }
  const { arn, accountId, roleArn = assumedRoleArn(arn) } = principal
  const names = named['AWS'] ?? []
  // `*` is everybody with an account, but no service and no provider.
  if (names.includes('*') || names.includes(arn)) return 'principal'
  if (roleArn !== undefined && names.includes(roleArn)) return 'role'
  return names.includes(accountId) || names.some((name) => isRootOf(name, accountId)) ? 'account' : undefined
}

function isRootOf(name: string, accountId: string): boolean {
  return name.startsWith('arn:') && name.endsWith(`:iam::${accountId}:root`)
}

/** The role's ARN of a session's ARN, for roles without a path; undefined for anybody else. */
export function assumedRoleArn(arn: string): string | undefined {
  const match = /^arn:(aws[a-z-]*):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn)
  return match ? `arn:${match[1]}:iam::${match[2]}:role/${match[3]}` : undefined
}
