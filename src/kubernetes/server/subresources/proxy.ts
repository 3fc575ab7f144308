// Owns pods/proxy, services/proxy and nodes/proxy: HTTP to a port in the cluster's network, passed through.
// Source: kubernetes pkg/registry/core/{pod,service,node} (ResourceLocation), apimachinery pkg/util/proxy.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'

import type { Pod } from '../../../../generated/kubernetes.d.ts'
import { hostPort } from '../../../base/host-port.ts'
import { messageOf, StatusError } from '../../../base/errors.ts'
import type { EndpointSlice } from '../../../../generated/kubernetes.d.ts'
import { throwNotFound } from '../../registry/read.ts'
import { endpointSliceKind } from '../../resources/endpoint-slice.ts'
import { endpointsKind } from '../../resources/endpoints.ts'
import { nodeKind } from '../../resources/node.ts'
import { podKind } from '../../resources/pod.ts'
import { serviceKind } from '../../resources/service.ts'
import { admitConnection } from '../connect-admission.ts'
import type { Call } from '../api.ts'
import type { ApiResponse } from '../http.ts'
import { dialWords } from '../outbound/go-words.ts'
import { kubeletAnswer } from './kubelet-paths.ts'
import { isPage, proxiedBody } from './proxied-links.ts'

interface Location {
  readonly isTls: boolean
  readonly ip: string
  readonly port: number
}

// `name`, `name:port` or `scheme:name:port` (apimachinery pkg/util/net SplitSchemeNamePort).
interface Address {
  readonly isTls: boolean
  readonly name: string
  readonly port: string
}

const KUBELET_PORT = 10250
// RFC 9110, 7.6.1: of one connection and not of the next.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

// RFC 9110, 15.3.5 and 15.4.5: whatever their headers say of one.
const BODILESS: ReadonlySet<number> = new Set([204, 304])

/** Passes the request on and the answer back. @throws StatusError where there is nothing to pass it to. */
export async function proxy(call: Call): Promise<ApiResponse> {
  const { route, request } = call
  await admitConnection(call.api, call)
  const address = parseAddress(route.name, route.resource.slice(0, -1))
  if (route.rest === '' && (request.method === 'GET' || request.method === 'HEAD')) return toRoot(request.url)
  const location = locate(call, address)
  if (route.resource === 'nodes' && location.port === KUBELET_PORT) {
    return kubeletAnswer(call.api, address.name, route.rest)
  }
  return await passOn(call, location)
}

// A page that is shown without the slash would have its relative links point beside the proxy.
function toRoot(url: string): ApiResponse {
  const [path = '', query] = url.split('?')
  const location = `${path}/${query === undefined ? '' : `?${query}`}`
  return { status: 301, headers: { location }, body: '' }
}

function parseAddress(id: string, what: string): Address {
  const parts = id.split(':')
  const [name, port] = parts.length === 3 ? parts.slice(1) : parts
  const scheme = parts.length === 3 ? parts[0] : ''
  if (!name || parts.length > 3 || !['', 'http', 'https'].includes(scheme ?? '')) {
    throw new StatusError('BadRequest', `invalid ${what} request ${JSON.stringify(id)}`)
  }
  return { isTls: scheme === 'https', name, port: port ?? '' }
}

function locate(call: Call, address: Address): Location {
  switch (call.route.resource) {
    case 'pods':
      return podLocation(call, address)
    case 'services':
      return serviceLocation(call, address)
    default:
      return nodeLocation(call, address)
  }
}

function podLocation({ api, route }: Call, { isTls, name, port }: Address): Location {
  const pod: Pod = api.registry.get(podKind, { namespace: route.namespace, name })
  const ip = pod.status?.podIP ?? ''
  if (ip === '') throw new StatusError('BadRequest', 'address not allowed')
  const declared = pod.spec.containers.find(({ ports = [] }) => ports.length > 0)?.ports?.[0]?.containerPort
  const number = port === '' ? (declared ?? (isTls ? 443 : 80)) : Number(port)
  if (Number.isInteger(number) && number > 0 && number < 65536) return { isTls, ip, port: number }
  throw unreachable(`dial tcp: lookup tcp/${port}: unknown port`)
}

function serviceLocation({ api, route }: Call, { isTls, name, port }: Address): Location {
  const { namespace } = route
  const isNumber = /^\d+$/.test(port)
  const service = api.registry.find(serviceKind, { namespace, name })
  // Only the number of a port makes upstream look at the Service before its endpoints.
  const { spec } = service ?? throwNotFound(isNumber ? serviceKind : endpointsKind, name)
  const { ports = [] } = spec
  const quoted = JSON.stringify(name)
  let wanted = port
  if (isNumber) {
    const declared = ports.find((one) => one.port === Number(port))
    if (!declared) {
      throw new StatusError('ServiceUnavailable', `no service port ${port} found for service ${quoted}`)
    }
    wanted = declared.name ?? ''
  }
  const slices = api.registry.list(endpointSliceKind, {
    namespace,
    labelSelector: `kubernetes.io/service-name=${name}`,
  }).items as readonly EndpointSlice[]
  const candidates = slices.flatMap(({ endpoints, ports: offered }): Location[] => {
    const number = offered?.find((one) => (one.name ?? '') === wanted)?.port
    if (number === undefined) return []
    return (endpoints ?? []).flatMap(({ addresses, conditions, targetRef }) => {
      const ip = conditions?.ready === false || targetRef?.kind !== 'Pod' ? undefined : addresses[0]
      return ip === undefined ? [] : [{ isTls, ip, port: number }]
    })
  })
  const chosen = candidates.length > 0 ? candidates[api.ids.below(candidates.length)] : undefined
  if (chosen) return chosen
  const id = slices.length === 0 ? quoted : JSON.stringify(route.name)
  throw new StatusError('ServiceUnavailable', `no endpoints available for service ${id}`)
}

function nodeLocation({ api }: Call, { isTls, name, port }: Address): Location {
  const node = api.registry.get(nodeKind, { name })
  const ip = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
  return { isTls, ip, port: port === '' ? KUBELET_PORT : Number(port) }
}

async function passOn(call: Call, location: Location): Promise<ApiResponse> {
  const { request, route } = call
  const query = /\?.*$/.exec(request.url)?.[0] ?? ''
  const stream = await connect(call, location)
  const { authorization: _a, ...own } = request.headers
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest({
      method: request.method,
      path: `${route.rest || '/'}${query}`,
      headers: {
        ...forwarded(own),
        'x-forwarded-uri': pathsOf(call).path,
        host: hostPort(location.ip, location.port),
      },
      createConnection: () => stream,
      signal: request.signal,
    })
    outgoing.on('response', resolve)
    outgoing.on('error', reject)
    outgoing.end(request.body)
  }).catch((error: unknown) => {
    stream.destroy()
    throw unreachable(messageOf(error))
  })
  const status = answer.statusCode ?? 502
  const headers = answerHeaders(call, answer)
  const hasBody = request.method !== 'HEAD' && !BODILESS.has(status)
  if (!hasBody || !isPage(answer.headers['content-type'])) return { status, headers, body: answer }
  const body = await pageOf(call, location, answer)
  return { status, headers: { ...headers, 'content-length': String(body.length) }, body }
}

/** A page with its links led through the proxy. @throws StatusError for one that breaks off or cannot be unpacked. */
async function pageOf(call: Call, { ip, port }: Location, answer: IncomingMessage): Promise<Uint8Array> {
  const told = { type: answer.headers['content-type'], encoding: answer.headers['content-encoding'] }
  const { prefix } = pathsOf(call)
  try {
    // Upstream reads a page to its end too before it answers.
    const page = await buffer(answer)
    return proxiedBody(page, told, { prefix, host: hostPort(ip, port) }) ?? page
  } catch (error) {
    throw unreachable(messageOf(error))
  }
}

/** The path of the proxy, and the one that the backend is asked for. */
function pathsOf({ request, route }: Call): { readonly prefix: string; readonly path: string } {
  const [path = ''] = request.url.split('?')
  return { prefix: path.slice(0, path.length - route.rest.length), path }
}

async function connect({ api }: Call, { ip, port, isTls }: Location): Promise<Duplex> {
  const stream = await api.network.dial(ip, port).catch((error: unknown) => {
    throw unreachable(dialWords(error, hostPort(ip, port)))
  })
  // The API server's proxy trusts whatever it finds, as upstream's does.
  return isTls ? connectTls({ socket: stream, rejectUnauthorized: false }) : stream
}

function unreachable(why: string): StatusError {
  return new StatusError('ServiceUnavailable', `error trying to reach service: ${why}`)
}

function forwarded(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || HOP_BY_HOP.has(name) || name === 'content-length' ? [] : [[name, value]],
  )
  return Object.fromEntries(kept)
}

// What the backend calls a path of its own is one below the proxy for the client.
function answerHeaders(call: Call, { headers }: IncomingMessage): ApiResponse['headers'] {
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string | string[]][] =>
    value === undefined || HOP_BY_HOP.has(name) ? [] : [[name, value]],
  )
  const location = headers['location']
  if (location?.startsWith('/') !== true) return Object.fromEntries(kept)
  return { ...Object.fromEntries(kept), location: `${pathsOf(call).prefix}${location}` }
}
