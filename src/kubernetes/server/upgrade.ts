// Owns connections that leave HTTP behind: the switch to WebSocket for exec and port-forward.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { WebSocketServer, type WebSocket } from 'ws'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import type { Kind } from '../resources/kind.ts'
import { podKind } from '../resources/pod.ts'
import type { Api } from './api.ts'
import { admitRequest, type Admitted } from './handler.ts'
import { statusBody, type ApiRequest } from './http.ts'
import { serveExec } from './subresources/exec.ts'
import { chooseContainer } from './subresources/log.ts'
import { servePortForward } from './subresources/port-forward.ts'

export interface UpgradeRequest {
  readonly request: ApiRequest
  readonly socket: Duplex
  readonly head: Buffer
  readonly raw: IncomingMessage
}

// In order of preference; v5 can say that standard input has ended.
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

/** Takes over a connection. Errors before the switch are plain HTTP answers. */
export async function serveUpgrade(api: Api, upgrade: UpgradeRequest): Promise<void> {
  let serve: (socket: WebSocket) => Promise<void>
  try {
    serve = prepare(api, await admitRequest(api, upgrade.request), upgrade.request)
  } catch (error) {
    refuse(upgrade.socket, error)
    return
  }
  const socket = await accept(upgrade)
  await serve(socket)
}

function prepare(
  api: Api,
  { route, query }: Admitted,
  request: ApiRequest,
): (socket: WebSocket) => Promise<void> {
  if ((request.headers['upgrade'] ?? '').toLowerCase() !== 'websocket') {
    throw new StatusError('BadRequest', 'SPDY is not supported: upgrade to WebSocket instead')
  }
  if (route.type !== 'resource' || route.resource !== 'pods' || route.group !== '') throw notStreamed()
  requireProtocol(request)
  const pod = api.registry.get(podKind as Kind, route) as Pod
  if (!pod.spec.nodeName) {
    throw new StatusError('BadRequest', `pod ${pod.metadata.name} does not have a host assigned`)
  }
  const container = route.subresource === 'exec' ? (query.get('container') ?? '') : firstContainer(pod)
  const reference = chooseContainer(pod, container)
  if (route.subresource === 'exec') return (socket) => serveExec(api, socket, { reference, query })
  if (route.subresource !== 'portforward') throw notStreamed()
  const ports = readPorts(query)
  return (socket) => servePortForward(api, socket, { reference, ports })
}

function firstContainer(pod: Pod): string {
  return pod.spec.containers[0]?.name ?? ''
}

function notStreamed(): StatusError {
  return new StatusError('BadRequest', 'this resource is not served over WebSocket')
}

// kubectl port-forward asks for SPDY inside a WebSocket, and for SPDY itself when that is refused.
function requireProtocol({ headers }: ApiRequest): void {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((item) => item.trim())
  if (PROTOCOLS.some((protocol) => offered.includes(protocol))) return
  throw new StatusError(
    'BadRequest',
    `unable to upgrade: none of the offered protocols [${offered.join(' ')}] is served: ${PROTOCOLS.join(', ')}`,
  )
}

function readPorts(query: URLSearchParams): number[] {
  const ports = query.getAll('ports').flatMap((text) => text.split(',').map(Number))
  if (ports.length > 0 && ports.every((port) => Number.isInteger(port) && port > 0 && port < 65536))
    return ports
  throw new StatusError('BadRequest', 'query parameter "ports" is required')
}

function accept({ raw, socket, head }: UpgradeRequest): Promise<WebSocket> {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  })
  return new Promise((resolve) => server.handleUpgrade(raw, socket, head, resolve))
}

function refuse(socket: Duplex, error: unknown): void {
  const status = error instanceof StatusError ? error : new StatusError('InternalError', String(error))
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
