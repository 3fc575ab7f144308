// Owns the decision whether a request may go on, and the words of a refusal.
import { StatusError } from '../../base/errors.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { Authorization } from './api.ts'
import type { Authorizer, RequestAttributes, UserInfo } from './ports.ts'
import type { Rbac } from './rbac.ts'
import type { PathRoute, ResourceRoute } from './route.ts'

/** The authorizers in order, RBAC after `first`: one that allows is enough. */
export function createAuthorization(
  rbac: Rbac,
  others: { readonly first: readonly Authorizer[]; readonly last: readonly Authorizer[] },
): Authorization {
  const authorizers = [...others.first, rbac, ...others.last]
  return {
    decide(attributes) {
      const reasons: string[] = []
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes)
        if (decision === 'allow') return { allowed: true, reason: '' }
        if (typeof decision === 'object') reasons.push(decision.noOpinion)
      }
      return { allowed: false, reason: reasons.join('\n') }
    },
    rulesFor: (user, namespace) => rbac.rulesFor(user, namespace),
  }
}

/** A route as authorization sees it. */
export function attributesOf(user: UserInfo, route: ResourceRoute | PathRoute): RequestAttributes {
  if (route.type === 'resource') {
    const { verb, group, resource, subresource, namespace, name, fieldSelector } = route
    const attributes = { user, verb, group, resource, subresource, namespace, name }
    return fieldSelector ? { ...attributes, fieldSelector } : attributes
  }
  return {
    user,
    verb: route.verb,
    group: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    path: route.path,
  }
}

/** @throws StatusError Forbidden in the words of the API server. */
export function requireAllowed(authorization: Authorization, attributes: RequestAttributes): void {
  const { allowed, reason } = authorization.decide(attributes)
  if (!allowed) throw forbidden(attributes, reason)
}

// apiserver pkg/endpoints/handlers/responsewriters/errors.go, forbiddenMessage.
function forbidden(attributes: RequestAttributes, reason: string): StatusError {
  const { user, verb, group, resource, subresource, namespace, name, path } = attributes
  const who = `User ${JSON.stringify(user.username)}`
  const why = reason ? `: ${reason}` : ''
  if (path !== undefined) {
    return new StatusError('Forbidden', `forbidden: ${who} cannot ${verb} path ${JSON.stringify(path)}${why}`)
  }
  const full = subresource ? `${resource}/${subresource}` : resource
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope'
  const what = `resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`
  return forbiddenResource({ group, resource, name }, `${who} cannot ${verb} ${what}${why}`)
}

/** A refusal about one object: `roles.rbac.authorization.k8s.io "x" is forbidden: …`. */
export function forbiddenResource(
  { group, resource, name }: { readonly group: string; readonly resource: string; readonly name: string },
  why: string,
): StatusError {
  const subject = `${qualifiedResource({ plural: resource, group })}${name ? ` ${JSON.stringify(name)}` : ''}`
  return new StatusError('Forbidden', `${subject} is forbidden: ${why}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: resource,
  })
}
