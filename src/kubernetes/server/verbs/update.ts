// Owns PUT of an object or its status.
import { qualifiedResource } from '../../../rules/kubernetes/resource-names.ts'
import type { Call } from '../api.ts'
import { decodeBody } from '../body.ts'
import type { ApiResponse } from '../http.ts'
import { requireSameKey } from '../patching.ts'
import { objectResponse } from '../representation.ts'
import { writeContext } from '../request-options.ts'
import { creatingChange } from './creation.ts'

// Strategies whose AllowCreateOnUpdate says yes.
const MADE_BY_PUT: ReadonlySet<string> = new Set([
  'clusterrolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
  'endpoints',
  'events',
  'events.events.k8s.io',
  'leases.coordination.k8s.io',
  'limitranges',
  'rolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'runtimeclasses.node.k8s.io',
  'services',
])

/** The new version of the object; 201 for kinds that a PUT may create, when there was none. */
export async function update(call: Call): Promise<ApiResponse> {
  const { api, kind, route } = call
  const object = decodeBody(call)
  requireSameKey(object, route)
  const mayCreate = route.subresource === '' && MADE_BY_PUT.has(qualifiedResource(kind.resource))
  const { change, status } = creatingChange(call, {
    change: () => object,
    ...(mayCreate ? { createInstead: () => object } : {}),
  })
  const updated = await api.registry.update(kind, route, {
    ...writeContext(call),
    subresource: route.subresource,
    ...change,
  })
  return objectResponse(call, updated, status())
}
