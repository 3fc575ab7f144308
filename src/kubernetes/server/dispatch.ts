// Owns the way of a resource request to its verb or subresource.
import { StatusError } from '../../base/errors.ts'
import { findKind } from '../resources/index.ts'
import type { Kind } from '../resources/kind.ts'
import { writeContext, type Api, type Call } from './api.ts'
import { parseBody } from './body.ts'
import { jsonResponse, textResponse, type ApiRequest, type ApiResponse } from './http.ts'
import type { UserInfo } from './ports.ts'
import { answerReview, reviews } from './reviews.ts'
import type { ResourceRoute } from './route.ts'
import { bindPod } from './subresources/binding.ts'
import { evictPod } from './subresources/eviction.ts'
import { finalizeNamespace } from './subresources/finalize.ts'
import { log } from './subresources/log.ts'
import { scale } from './subresources/scale.ts'
import { requestToken } from './subresources/token.ts'
import { create } from './verbs/create.ts'
import { deleteCollection, deleteOne } from './verbs/delete.ts'
import { get } from './verbs/get.ts'
import { list } from './verbs/list.ts'
import { patch } from './verbs/patch.ts'
import { update } from './verbs/update.ts'
import { watch } from './verbs/watch.ts'

type Handler = (call: Call) => Promise<ApiResponse>

const verbs: Readonly<Record<string, Handler>> = {
  create,
  get,
  list,
  watch,
  update,
  patch,
  delete: deleteOne,
  deletecollection: deleteCollection,
}

const subresources: Readonly<Record<string, Handler>> = {
  'create pods/binding': async (call) =>
    jsonResponse(201, await bindPod(call.api, call.route, bodyOf(call), writeContext(call))),
  'create pods/eviction': async (call) =>
    jsonResponse(201, await evictPod(call.api, call.route, bodyOf(call), writeContext(call))),
  'create serviceaccounts/token': async (call) =>
    jsonResponse(201, await requestToken(call.api, call.route, bodyOf(call))),
  'update namespaces/finalize': async (call) =>
    jsonResponse(200, await finalizeNamespace(call.api, call.route, bodyOf(call), writeContext(call))),
  'get pods/log': log,
}

function bodyOf({ request }: Call): unknown {
  return parseBody(request).value
}

/** Answers a request that has been authenticated and authorized. @throws StatusError */
export async function dispatch(
  api: Api,
  request: ApiRequest,
  { route, query, user }: { route: ResourceRoute; query: URLSearchParams; user: UserInfo },
): Promise<ApiResponse> {
  const review = reviews.find(
    (item) => item.plural === route.resource && item.group === route.group && item.version === route.version,
  )
  if (review) {
    if (route.verb !== 'create') throw notAllowed()
    const body = parseBody(request).value
    return jsonResponse(201, await answerReview(api, { review, user, body }))
  }
  const kind = findKind(route.group, route.version, route.resource)
  if (!kind || !isScoped(kind, route)) return textResponse(404, '404 page not found\n')
  const handler = handlerFor(kind, route)
  return handler({ api, kind, route, query, request, user, warnings: [] })
}

function isScoped(kind: Kind, { namespace, name, verb }: ResourceRoute): boolean {
  if (!kind.resource.namespaced) return namespace === '' || kind.resource.plural === 'namespaces'
  return namespace !== '' || name === '' || verb === 'list' || verb === 'watch' || verb === 'create'
}

function handlerFor(kind: Kind, { verb, resource, subresource }: ResourceRoute): Handler {
  if (subresource === '') {
    const handler = verbs[verb]
    // Namespaces go one by one, as upstream has it.
    const isWholesale = verb === 'deletecollection' && resource === 'namespaces'
    if (!handler || isWholesale) throw notAllowed()
    return handler
  }
  const isReadOrWrite = verb === 'get' || verb === 'update' || verb === 'patch'
  if (subresource === 'status' && kind.status && isReadOrWrite) return verbs[verb] ?? refuse
  if (subresource === 'scale' && kind.scale && isReadOrWrite) return scale
  const special = subresources[`${verb} ${resource}/${subresource}`]
  if (special) return special
  if (kind.subresources.some(({ name }) => name === subresource)) throw notAllowed()
  throw new StatusError(
    'NotFound',
    `the server could not find the requested resource (subresource ${JSON.stringify(subresource)} of ${resource} is not served)`,
  )
}

const refuse: Handler = async () => {
  throw notAllowed()
}

function notAllowed(): StatusError {
  return new StatusError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  )
}
