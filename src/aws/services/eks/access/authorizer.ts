// Owns what access policies allow in a cluster, beside RBAC.
import type { Authorizer, RequestAttributes } from '../../../../kubernetes/server/ports.ts'
import type { AccessEntryRecord, EksTables } from '../state.ts'
import { allows, findPolicy } from './policies.ts'
import { entryOfPrincipal } from './entry-of-principal.ts'

/** Allows what the policies associated with the caller's access entry allow; has no opinion on anything else. */
export function createAuthorizer(tables: EksTables, clusterName: string): Authorizer {
  return {
    authorize(attributes) {
      const arn = attributes.user.extra?.['canonicalArn']?.[0]
      if (arn === undefined) return 'no-opinion'
      const entry = entryOfPrincipal(tables, clusterName, arn)
      // An identity that came from aws-auth has no entry, or another name: policies do not apply to it.
      return entry?.policies.some((policy) => grants(policy, attributes)) ? 'allow' : 'no-opinion'
    },
  }
}

function grants(policy: AccessEntryRecord['policies'][number], attributes: RequestAttributes): boolean {
  const definition = findPolicy(policy.policyArn)
  if (!definition) return false
  const isClusterWide = policy.accessScope?.type !== 'namespace'
  if (attributes.path !== undefined) return isClusterWide && definition.nonResource
  const namespaces = policy.accessScope?.namespaces ?? []
  if (!isClusterWide && !namespaces.some((pattern) => matchesNamespace(pattern, attributes.namespace)))
    return false
  return allows(definition, attributes)
}

// API reference, AccessScope.namespaces: a name may end in a wildcard, `team-*`.
function matchesNamespace(pattern: string, namespace: string): boolean {
  if (namespace === '') return false
  return pattern.endsWith('*') ? namespace.startsWith(pattern.slice(0, -1)) : pattern === namespace
}
