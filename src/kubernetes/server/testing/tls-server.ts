// Owns an HTTPS server of a test with an authority of its own, such as a webhook or an extension server is.
import { once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { systemClock } from '../../../base/clock.ts'
import { randomIds } from '../../../base/ids.ts'
import { createClusterCertificates } from '../certificates.ts'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface TlsServer extends AsyncDisposable {
  readonly port: number
  /** PEMs of its authority in base64, as a `caBundle` has them. */
  readonly caBundle: string
  /** What it was asked so far. */
  readonly received: readonly Received[]
  /** How many connections it has had. */
  readonly connections: number
}

/** Starts one on a free port of 127.0.0.1; its certificate is for that address and for `names`. */
export async function startTlsServer(
  answer: (request: Received, response: ServerResponse) => void,
  names: readonly string[] = [],
): Promise<TlsServer> {
  const { ca, cert, key } = await createClusterCertificates({ clock: systemClock, ids: randomIds, names })
  const received: Received[] = []
  let connections = 0
  const server = createServer({ cert, key }, (incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming
      const request = { method, url, headers, body: Buffer.concat(chunks).toString() }
      received.push(request)
      answer(request, response)
    })
  })
  server.on('secureConnection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(ca).toString('base64'),
    received,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
