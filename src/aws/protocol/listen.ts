// Owns the socket of the endpoint: HTTP on a loopback address, requests read whole.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIP, type AddressInfo } from 'node:net'

import { UserError } from '../../base/errors.ts'
import { outlastHoldUps } from '../../base/hold-up.ts'
import type { Log } from '../../base/log.ts'
import type { AwsRequest, AwsResponse } from './message.ts'

/** Larger than any request of the emulated services (a CloudFormation template is at most 1 MB). */
const MAX_BODY_BYTES = 8 * 1024 * 1024

export interface Listening {
  readonly port: number
  /** Stops accepting, ends idle connections and resolves when all are gone. */
  close(): Promise<void>
}

type Handle = (request: AwsRequest) => Promise<AwsResponse>

/** A port that is open already; requests wait until it is known who answers them. */
export interface OpenSocket extends Listening {
  /** Answers by `handle` from now on; called once. */
  serve(handle: Handle): void
}

/** Opens a loopback address. @throws UserError when the address is not loopback or is in use. */
export async function openSocket({
  host,
  port,
  log,
}: {
  host: string
  port: number
  log: Log
}): Promise<OpenSocket> {
  if (!isLoopback(host)) {
    throw new UserError(`The AWS endpoint listens on loopback addresses only, not on ${host}.`)
  }
  const handler = Promise.withResolvers<Handle>()
  const server = createServer((incoming, response) => {
    answerHttp(incoming, response, handler.promise).catch((error: unknown) => {
      log.warn('a connection to the AWS endpoint broke', { error })
      response.destroy()
    })
  })
  outlastHoldUps(server)
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new UserError(`The AWS endpoint cannot listen on ${host}:${port}.`, {
      help: 'Stop what uses the port, or choose another one with --port.',
      cause: error,
    })
  }
  let closed: Promise<unknown> | undefined
  return {
    // A listening TCP server has an address of this form.
    port: (server.address() as AddressInfo).port,
    serve: (handle) => handler.resolve(handle),
    close: async () => {
      if (closed === undefined) {
        closed = once(server, 'close')
        server.close()
        server.closeAllConnections()
      }
      await closed
    },
  }
}

/** Serves `handle` on a loopback address. @throws UserError when the address is not loopback or is in use. */
export async function listen(
  handle: Handle,
  address: { host: string; port: number; log: Log },
): Promise<Listening> {
  const socket = await openSocket(address)
  socket.serve(handle)
  return socket
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.')
  return host === '::1' || host === 'localhost'
}

/** Reads one HTTP request whole and sends the answer. */
export async function answerHttp(
  incoming: IncomingMessage,
  response: ServerResponse,
  handler: Handle | Promise<Handle>,
): Promise<void> {
  const body = await readBody(incoming)
  if (!body) {
    response.writeHead(413, { connection: 'close' }).end()
    return
  }
  const handle = await handler
  const answer = await handle({
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    headers: headersOf(incoming),
    body,
  })
  if (answer.isCut) {
    incoming.socket.destroy()
    return
  }
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body)
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    // No encoding is set on the stream, so it yields buffers.
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks)
}

function headersOf(incoming: IncomingMessage): Record<string, string> {
  // Signatures join repeated headers with a bare comma, where Node's joined form has a space too.
  return Object.fromEntries(
    Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(',')]),
  )
}
