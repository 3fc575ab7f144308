// Owns the way of a resource request to its verb or subresource.
import { StatusError } from '../../base/errors.ts'
import { own } from '../../base/json.ts'
import type { Binding } from '../../../generated/kubernetes.d.ts'
import type { Kind } from '../resources/kind.ts'
import { podKind } from '../resources/pod.ts'
import type { Api, Call } from './api.ts'
import { decodeAs, parseBody } from './body.ts'
import { textResponse, warningHeaders, type ApiRequest, type ApiResponse } from './http.ts'
import { errorResponse } from './status.ts'
import type { UserInfo } from './ports.ts'
import { encodedResponse } from './encoding.ts'
import { otherResponse, requireObject } from './representation.ts'
import { writeContext } from './request-options.ts'
import { answerReview, findReview, reviews, type Review } from './reviews.ts'
import type { ResourceRoute } from './route.ts'
import { answerSubresource, findSubresource, type Subresource } from './subresources/index.ts'
import { bindings } from './subresources/binding.ts'
import { log } from './subresources/log.ts'
import { proxy } from './subresources/proxy.ts'
import { scale } from './subresources/scale.ts'
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

// Subresources whose answer is a stream.
const streams: Readonly<Record<string, Handler>> = { 'get pods/log': log }

const PROXIED: ReadonlySet<string> = new Set(['nodes', 'pods', 'services'])

/** Answers a request that has been authenticated and authorized. @throws StatusError */
export async function dispatch(
  api: Api,
  request: ApiRequest,
  { route, query, user }: { route: ResourceRoute; query: URLSearchParams; user: UserInfo },
): Promise<ApiResponse> {
  const review = findReview(route.group, route.version, route.resource)
  if (review) return await reviewResponse(api, request, { review, route, user })
  if (isBindings(route)) return await bindByBody(api, request, { route, query, user })
  const kind = api.kinds.find({ ...route, plural: route.resource })
  if (!kind && !isServedGroup(api, route.group)) return textResponse(404, '404 page not found\n')
  if (!kind || !isScoped(kind, route)) throw notServed()
  const handler = handlerFor(kind, route)
  const warnings = kind.deprecation === undefined ? [] : [kind.deprecation]
  try {
    return await handler({ api, kind, route, query, request, user, warnings })
  } catch (error) {
    // Upstream warns before it knows what becomes of the request.
    // What is no answer is logged by who calls.
    if (kind.deprecation === undefined || !(error instanceof StatusError)) throw error
    const answer = errorResponse(error, request)
    return { ...answer, headers: { ...answer.headers, ...warningHeaders([kind.deprecation]) } }
  }
}

async function reviewResponse(
  api: Api,
  request: ApiRequest,
  { review, route, user }: { review: Review; route: ResourceRoute; user: UserInfo },
): Promise<ApiResponse> {
  if (review.namespaced !== (route.namespace !== '')) throw notServed()
  if (route.verb !== 'create' || route.name !== '') throw notAllowed()
  // A review is no row of a table.
  const accepted = requireObject(request)
  const body = parseBody(request).value
  const answer = await answerReview(api, { review, user, namespace: route.namespace, body })
  return encodedResponse(accepted, answer, { status: 201 })
}

function isBindings({ group, version, resource, subresource }: ResourceRoute): boolean {
  return group === '' && version === 'v1' && resource === bindings.plural && subresource === ''
}

/** Before pods had a subresource for it, the body said which of them is bound. */
async function bindByBody(
  api: Api,
  request: ApiRequest,
  { route, query, user }: { route: ResourceRoute; query: URLSearchParams; user: UserInfo },
): Promise<ApiResponse> {
  if (route.verb !== 'create' || route.name !== '' || route.namespace === '') throw notAllowed()
  const call: Call = { api, kind: podKind, route, query, request, user, warnings: [] }
  const body = parseBody(request).value
  const { metadata } = decodeAs<Binding>('core/v1.Binding', body)
  const key = { namespace: route.namespace, name: metadata.name ?? '' }
  const subresource = findSubresource(podKind, 'create', 'binding')
  if (!subresource) throw notServed()
  const asked = { key, body, context: writeContext(call) }
  const answer = await answerSubresource(api, { kind: podKind, name: 'binding', subresource }, asked)
  return otherResponse(call, answer, 201)
}

function isServedGroup({ kinds }: Api, group: string): boolean {
  const served = [...kinds.all.map(({ resource }) => resource), ...reviews]
  return served.some((resource) => resource.group === group)
}

function isScoped(kind: Kind, { namespace, name, verb }: ResourceRoute): boolean {
  if (!kind.resource.namespaced) return namespace === '' || kind.resource.plural === 'namespaces'
  if (verb === 'create' && namespace === '') throw notAllowed()
  return namespace !== '' || name === '' || verb === 'list' || verb === 'watch'
}

// What needs a name has one, and a collection is all that can be added to.
function isAddressed({ verb, name }: ResourceRoute): boolean {
  if (verb === 'create') return name === ''
  return name !== '' || (verb !== 'update' && verb !== 'patch')
}

function handlerFor(kind: Kind, route: ResourceRoute): Handler {
  const { verb, resource, subresource } = route
  if (subresource === '') {
    if (!isAddressed(route)) throw notAllowed()
    const handler = own(verbs, verb)
    if (!handler) throw notAllowed()
    if (!kind.verbs.includes(verb)) throw notAllowed()
    return handler
  }
  const isReadOrWrite = verb === 'get' || verb === 'update' || verb === 'patch'
  if (subresource === 'status' && kind.status && isReadOrWrite) return own(verbs, verb) ?? refuse
  if (subresource === 'scale' && kind.scale && isReadOrWrite) return scale
  if (own(kind.parts, subresource) && isReadOrWrite) return own(verbs, verb) ?? refuse
  if (subresource === 'proxy' && kind.resource.group === '' && PROXIED.has(resource)) return proxy
  const found = findSubresource(kind, verb, subresource)
  if (found) return (call) => answerOther(call, found)
  const stream = kind.resource.group === '' ? own(streams, `${verb} ${resource}/${subresource}`) : undefined
  if (stream) return stream
  const isKnown = kind.subresources.some(({ name }) => name === subresource)
  if (isKnown || isStandard(kind, subresource)) throw notAllowed()
  throw notServed()
}

function isStandard(kind: Kind, subresource: string): boolean {
  if (subresource === 'status') return kind.status
  return subresource === 'scale' ? kind.scale !== undefined : own(kind.parts, subresource) !== undefined
}

/** The answer to a resource that is not there. */
export function notServed(): StatusError {
  return new StatusError('NotFound', 'the server could not find the requested resource')
}

const refuse: Handler = async () => {
  throw notAllowed()
}

async function answerOther(call: Call, subresource: Subresource): Promise<ApiResponse> {
  const { api, kind, route, request } = call
  const context = writeContext(call)
  const asked = { key: route, body: parseBody(request).value, context }
  return otherResponse(
    call,
    await answerSubresource(api, { kind, name: route.subresource, subresource }, asked),
    subresource.status,
  )
}

/** The answer to a verb that a resource does not have. */
export function notAllowed(): StatusError {
  return new StatusError(
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  )
}
