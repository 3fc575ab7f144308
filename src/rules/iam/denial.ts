// Owns the sentence in which AWS refuses a principal.
// Source: IAM User Guide, "Troubleshoot access denied error messages".
import type { Decision, PolicyType } from './evaluate.ts'

const IMPLICIT: Readonly<Record<PolicyType, string>> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  trust: 'role trust policy',
  boundary: 'permissions boundary',
  session: 'session policy',
}

const EXPLICIT: Readonly<Record<PolicyType, string>> = {
  identity: 'an identity-based policy',
  resource: 'a resource-based policy',
  trust: 'the role trust policy',
  boundary: 'a permissions boundary',
  session: 'a session policy',
}

/**
 * `User: … is not authorized to perform: … on resource: … because no … allows the … action`.
 * @param denied.resource as the service shows it; left out when undefined
 */
export function denialSentence(
  denied: { readonly principal: string; readonly action: string; readonly resource: string | undefined },
  decision: Decision & { readonly allowed: false },
): string {
  const { principal, action, resource } = denied
  const on = resource === undefined ? '' : ` on resource: ${resource}`
  const why = decision.isExplicit
    ? `with an explicit deny in ${EXPLICIT[decision.by]}`
    : `because no ${IMPLICIT[decision.by]} allows the ${action} action`
  return `User: ${principal} is not authorized to perform: ${action}${on} ${why}`
}
