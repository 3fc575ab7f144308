// Owns connections that leave HTTP behind: exec and port-forward over WebSocket.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { StatusError } from '../../base/errors.ts'
import type { Api } from './api.ts'
import { admitRequest } from './handler.ts'
import { statusBody, type ApiRequest } from './http.ts'

export interface UpgradeRequest {
  readonly request: ApiRequest
  readonly socket: Duplex
  readonly head: Buffer
  readonly raw: IncomingMessage
}

/** Takes over a connection. Errors before the switch are plain HTTP answers. */
export async function serveUpgrade(api: Api, upgrade: UpgradeRequest): Promise<void> {
  try {
    await admitRequest(api, upgrade.request)
    throw new StatusError('BadRequest', 'this resource does not speak WebSocket')
  } catch (error) {
    refuse(upgrade.socket, error)
  }
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
