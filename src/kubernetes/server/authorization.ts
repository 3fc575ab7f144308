// Owns the decision whether a request may go on, and the words of a refusal.
import { StatusError } from '../../base/errors.ts'
import type { Authorization } from './api.ts'
import type { Authorizer, RequestAttributes } from './ports.ts'
import type { Rbac } from './rbac.ts'
import type { PathRoute, ResourceRoute } from './route.ts'
import type { UserInfo } from './ports.ts'

/** RBAC first, then the others in order: one that allows is enough. */
export function createAuthorization(rbac: Rbac, others: readonly Authorizer[]): Authorization {
  return {
    isAllowed: (attributes) =>
      [rbac, ...others].some((authorizer) => authorizer.authorize(attributes) === 'allow'),
    rulesFor: (user, namespace) => rbac.rulesFor(user, namespace),
  }
}

/** A route as authorization sees it. */
export function attributesOf(user: UserInfo, route: ResourceRoute | PathRoute): RequestAttributes {
  if (route.type === 'resource') {
    const { verb, group, resource, subresource, namespace, name } = route
    return { user, verb, group, resource, subresource, namespace, name }
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
  if (!authorization.isAllowed(attributes)) throw forbidden(attributes)
}

// apiserver pkg/endpoints/handlers/responsewriters/errors.go, forbiddenMessage.
function forbidden(attributes: RequestAttributes): StatusError {
  const { user, verb, group, resource, subresource, namespace, name, path } = attributes
  const who = `User ${JSON.stringify(user.username)}`
  if (path !== undefined) {
    return new StatusError('Forbidden', `forbidden: ${who} cannot ${verb} path ${JSON.stringify(path)}`)
  }
  const full = subresource ? `${resource}/${subresource}` : resource
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope'
  const subject = `${group ? `${resource}.${group}` : resource}${name ? ` ${JSON.stringify(name)}` : ''}`
  return new StatusError(
    'Forbidden',
    `${subject} is forbidden: ${who} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${where}`,
    { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: resource },
  )
}
