// Owns connections that leave HTTP behind: the switch to WebSocket or SPDY for exec, attach and port-forward, and to
// WebSocket for logs.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { WebSocketServer, type WebSocket } from 'ws'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import { podKind } from '../resources/pod.ts'
import type { Api } from './api.ts'
import { tell } from './audit.ts'
import { attributesOf, requireAllowed } from './authorization.ts'
import { admitConnection } from './connect-admission.ts'
import { identify, type Admitted } from './handler.ts'
import type { ApiRequest } from './http.ts'
import type { PodReference } from './ports.ts'
import type { AnsweredRequest } from './request-observer.ts'
import type { ResourceRoute } from './route.ts'
import { beginStream, observe } from './observation.ts'
import { EXEC_PROTOCOL, serveExecStreams } from './spdy/exec.ts'
import { isSpdyRequest, negotiate, switchToSpdy, TUNNEL_PREFIX, tunnelOf } from './spdy/handshake.ts'
import { PORT_FORWARD_PROTOCOL, servePortForwardStreams } from './spdy/port-forward.ts'
import { statusBody } from './status.ts'
import { serveExec, type ExecRequest } from './subresources/exec.ts'
import { chooseContainer, log, serveLog } from './subresources/log.ts'
import { servePortForward } from './subresources/port-forward.ts'

export interface UpgradeRequest {
  readonly request: ApiRequest
  readonly socket: Duplex
  readonly head: Buffer
  readonly raw: IncomingMessage
}

// In order of preference; v5 can say that standard input has ended.
const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
// The first of them (apimachinery pkg/util/httpstream/wsstream) says how a command failed in words.
const PLAIN_CHANNELS = 'channel.k8s.io'
// A log as messages of bytes (wsstream, NewDefaultReaderProtocols): also where none is named.
const BINARY = 'binary.k8s.io'
// Switching Protocols.
const SWITCHED = 101
// What kubectl port-forward asks for.
const TUNNEL_PROTOCOL = TUNNEL_PREFIX + PORT_FORWARD_PROTOCOL

type Serve = (upgrade: UpgradeRequest) => Promise<void>

/** What a request that may go on is about. */
interface Target {
  readonly reference: PodReference
  readonly query: URLSearchParams
}

/** Takes over a connection. Errors before the switch are plain HTTP answers. */
export async function serveUpgrade(api: Api, upgrade: UpgradeRequest): Promise<void> {
  const { request } = upgrade
  const startedMs = api.clock.now()
  let admitted: Admitted | undefined
  let serve: Serve
  const auditId = request.headers['audit-id'] ?? api.ids.uuid()
  const announce = (response: AnsweredRequest['response']): void =>
    tell(api, { auditId, request, admitted, response, startedMs })
  try {
    admitted = await identify(api, request)
    requireAllowed(api.authorization, attributesOf(admitted.user, admitted.route))
    serve = await prepare(api, admitted, request)
  } catch (error) {
    const refusal = error instanceof StatusError ? error : new StatusError('InternalError', String(error))
    if (admitted) observe(api, { request, admitted, code: refusal.code, startedMs })
    announce({ status: refusal.code, body: JSON.stringify(statusBody(refusal)) })
    refuse(upgrade.socket, refusal)
    return
  }
  announce({ status: SWITCHED, body: '' })
  const end = beginStream(api, admitted.route)
  try {
    await serve(upgrade)
  } finally {
    end()
    observe(api, { request, admitted, code: SWITCHED, startedMs })
  }
}

async function prepare(api: Api, { route, query, user }: Admitted, request: ApiRequest): Promise<Serve> {
  if (route.type !== 'resource' || route.resource !== 'pods' || route.group !== '') throw notStreamed()
  const { subresource } = route
  if (subresource === 'log') return await prepareLog(api, { route, query, user }, request)
  if (subresource !== 'exec' && subresource !== 'attach' && subresource !== 'portforward') throw notStreamed()
  const pod = api.registry.get(podKind, route)
  await admitConnection(api, { kind: podKind, route, query, user })
  if (!pod.spec.nodeName) {
    throw new StatusError('BadRequest', `pod ${pod.metadata.name} does not have a host assigned`)
  }
  const container = subresource === 'portforward' ? firstContainer(pod) : (query.get('container') ?? '')
  const target = { reference: chooseContainer(pod, container), query }
  if (subresource === 'portforward') return preparePortForward(api, target, request)
  return prepareExec(api, { ...target, subresource }, request)
}

function prepareExec(api: Api, target: ExecRequest, request: ApiRequest): Serve {
  if (isSpdyRequest(request)) {
    const protocol = negotiate(request, [EXEC_PROTOCOL])
    return ({ socket, head }) => serveExecStreams(api, switchToSpdy(socket, head, protocol), target)
  }
  const protocol = chooseProtocol(request, [...CHANNEL_PROTOCOLS, PLAIN_CHANNELS])
  const isPlain = protocol === PLAIN_CHANNELS
  return async (upgrade) => await serveExec(api, await accept(upgrade, protocol), { ...target, isPlain })
}

async function prepareLog(
  api: Api,
  call: Omit<Admitted, 'route'> & { readonly route: ResourceRoute },
  request: ApiRequest,
): Promise<Serve> {
  const offered = request.headers['sec-websocket-protocol'] ?? ''
  const protocol = offered === '' ? '' : chooseProtocol(request, [BINARY])
  const { body } = await log({ api, ...call, request })
  return async (upgrade) => await serveLog(await accept(upgrade, protocol), body)
}

function preparePortForward(api: Api, { reference, query }: Target, request: ApiRequest): Serve {
  if (isSpdyRequest(request)) {
    const protocol = negotiate(request, [PORT_FORWARD_PROTOCOL])
    return ({ socket, head }) => servePortForwardStreams(api, switchToSpdy(socket, head, protocol), reference)
  }
  const protocol = chooseProtocol(request, [TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS])
  if (protocol === TUNNEL_PROTOCOL) {
    return async (upgrade) =>
      await servePortForwardStreams(api, tunnelOf(await accept(upgrade, protocol)), reference)
  }
  const ports = readPorts(query)
  return async (upgrade) => await servePortForward(api, await accept(upgrade, protocol), { reference, ports })
}

function firstContainer(pod: Pod): string {
  return pod.spec.containers[0]?.name ?? ''
}

function notStreamed(): StatusError {
  return new StatusError('BadRequest', 'this resource is not served over WebSocket')
}

function chooseProtocol({ headers }: ApiRequest, served: readonly string[]): string {
  if ((headers['upgrade'] ?? '').toLowerCase() !== 'websocket') {
    throw new StatusError('BadRequest', 'unable to upgrade: missing upgrade headers in request')
  }
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((item) => item.trim())
  const chosen = served.find((protocol) => offered.includes(protocol))
  if (chosen !== undefined) return chosen
  throw new StatusError(
    'BadRequest',
    `unable to upgrade: none of the offered protocols [${offered.join(' ')}] is served: ${served.join(', ')}`,
  )
}

function readPorts(query: URLSearchParams): number[] {
  const ports = query.getAll('ports').flatMap((text) => text.split(',').map(Number))
  if (ports.length > 0 && ports.every((port) => Number.isInteger(port) && port > 0 && port < 65536))
    return ports
  throw new StatusError('BadRequest', 'query parameter "ports" is required')
}

function accept({ raw, socket, head }: UpgradeRequest, protocol: string): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol })
  return new Promise((resolve) => server.handleUpgrade(raw, socket, head, resolve))
}

function refuse(socket: Duplex, status: StatusError): void {
  const body = JSON.stringify(statusBody(status))
  socket.end(
    [
      `HTTP/1.1 ${status.code} ${status.reason}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
