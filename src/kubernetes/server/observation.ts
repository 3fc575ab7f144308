// Owns what is counted of each request, and which of them last.
import { own } from '../../base/json.ts'
import type { Api } from './api.ts'
import type { ApiRequest, ApiResponse } from './http.ts'
import { findReview } from './reviews.ts'
import type { PathRoute, ResourceRoute } from './route.ts'

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'head', 'options'])

/** True for verbs that change something. */
export function isWriteVerb(verb: string): boolean {
  return !READS.has(verb)
}

// kube-apiserver's test for long-running requests, with the streams that it serves as such.
const STREAMS: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy'])

/** True for watches and other streams. */
export function isLongRunning(route: ResourceRoute | PathRoute): boolean {
  return route.type === 'resource' && (route.verb === 'watch' || STREAMS.has(route.subresource))
}

// Names that anybody may make up are not counted: they would never end.
function isKnown({ kinds }: Api, { group, version, resource }: ResourceRoute): boolean {
  return (
    kinds.find({ group, version, plural: resource }) !== undefined ||
    findReview(group, version, resource) !== undefined
  )
}

/** Counts a stream from now on. @returns a function to be called at its end. */
export function beginStream(api: Api, route: ResourceRoute | PathRoute): () => void {
  if (route.type === 'path' || !isKnown(api, route)) return () => undefined
  return api.metrics.beginLongRunning(figuresOf(route))
}

/** Counts a request for as long as its answer is read. */
export async function longRunning(
  api: Api,
  route: ResourceRoute | PathRoute,
  answer: () => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const end = beginStream(api, route)
  try {
    const response = await answer()
    const { body } = response
    if (typeof body === 'string' || body instanceof Uint8Array) {
      end()
      return response
    }
    return { ...response, body: untilRead(body, end) }
  } catch (error) {
    end()
    throw error
  }
}

async function* untilRead<T>(stream: AsyncIterable<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* stream
  } finally {
    end()
  }
}

interface Answered {
  readonly request: ApiRequest
  readonly admitted: { readonly route: ResourceRoute | PathRoute; readonly query: URLSearchParams }
  readonly code: number
  readonly startedMs: number
}

/** Takes an answered request into the figures. */
export function observe(api: Api, { request, admitted, code, startedMs }: Answered): void {
  const { route, query } = admitted
  if (route.type === 'path' ? code === 404 : !isKnown(api, route)) return
  const figures = figuresOf(route)
  const isApply = (request.headers['content-type'] ?? '').startsWith('application/apply-patch')
  api.metrics.observe({
    ...figures,
    verb: figures.verb === 'PATCH' && isApply ? 'APPLY' : figures.verb,
    dryRun: query.getAll('dryRun').join(','),
    code,
    seconds: (api.clock.now() - startedMs) / 1000,
    isLongRunning: isLongRunning(route),
  })
}

const METHODS: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' }

// apiserver pkg/endpoints/metrics: CleanVerb, CleanScope; streams are CONNECT whatever method they came by.
function figuresOf(route: ResourceRoute | PathRoute): Parameters<Api['metrics']['beginLongRunning']>[0] {
  const verb = own(METHODS, route.verb) ?? route.verb.toUpperCase()
  if (route.type === 'path') {
    return { verb, group: '', version: '', resource: '', subresource: route.path, scope: '' }
  }
  const { group, version, resource, subresource, name, namespace } = route
  const scope = name !== '' ? 'resource' : namespace !== '' ? 'namespace' : 'cluster'
  return { verb: STREAMS.has(subresource) ? 'CONNECT' : verb, group, version, resource, subresource, scope }
}
