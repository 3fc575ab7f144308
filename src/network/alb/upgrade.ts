// Owns connections that become something else than HTTP, such as WebSocket: after the target's 101 nothing is read.
import type { IncomingMessage } from 'node:http'
import { PassThrough, type Duplex } from 'node:stream'

import type { Clock } from '../../base/clock.ts'
import { relay, reset } from '../relay.ts'
import type { Answer, Upgraded } from './answer.ts'
import { Http1Target } from './back-http1.ts'
import { pairsOf, valuesOf, type Header } from './headers.ts'
import { pageOf, reasonOf } from './pages.ts'
import type { Journey } from './router.ts'

/** A client that asks for another protocol. */
export interface UpgradeRequest {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** What it has sent behind its request. */
  readonly first: Buffer
}

/** Asks the target for the other protocol, and joins both when it agrees. */
export async function carryUpgrade(
  { request, socket, first }: UpgradeRequest,
  { routing, url, headers }: Journey,
  { clock, idleSeconds }: { readonly clock: Clock; readonly idleSeconds: number },
): Promise<void> {
  const { client } = routing.target
  if (!(client instanceof Http1Target)) return writeHead(socket, { status: 464, headers: [] })
  const end = routing.target.begin()
  const ending = new AbortController()
  socket.once('close', () => ending.abort())
  const asked = pairsOf(request.rawHeaders)
  try {
    const answer = await client.upgrade({
      method: request.method ?? 'GET',
      url,
      headers: [...headers, ['Connection', 'Upgrade'], ['Upgrade', valuesOf(asked, 'upgrade')[0] ?? '']],
      body: PassThrough.from([]),
      hasBody: false,
      trailers: () => [],
      onContinue: () => undefined,
      signal: ending.signal,
    })
    if (isUpgraded(answer)) join({ socket, first }, answer, { clock, idleSeconds, end })
    else refuse(socket, answer, end)
  } catch {
    end()
    writeHead(socket, { status: 502, headers: [] })
  }
}

function isUpgraded(answer: Answer | Upgraded): answer is Upgraded {
  return 'stream' in answer
}

function join(
  client: { readonly socket: Duplex; readonly first: Buffer },
  { status, headers, stream, first }: Upgraded,
  options: { readonly clock: Clock; readonly idleSeconds: number; readonly end: () => void },
): void {
  const { socket } = client
  const raw = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`HTTP/1.1 ${status} Switching Protocols\r\n${raw}\r\n`)
  if (first.length > 0) socket.write(first)
  if (client.first.length > 0) stream.write(client.first)
  const { clock, idleSeconds, end } = options
  let lastMs = clock.now()
  const touch = (): void => void (lastMs = clock.now())
  socket.on('data', touch)
  stream.on('data', touch)
  const check = (): void => {
    const leftMs = lastMs + idleSeconds * 1000 - clock.now()
    if (leftMs > 0) timer = clock.after(leftMs, check)
    else reset(socket)
  }
  let timer = clock.after(idleSeconds * 1000, check)
  relay(socket, stream, () => {
    timer.cancel()
    end()
  })
}

// The target did not agree: its answer goes to the client, and the connection ends with it.
function refuse(socket: Duplex, answer: Answer, end: () => void): void {
  const hop = new Set(['connection', 'keep-alive', 'transfer-encoding'])
  const headers = answer.headers.filter(([name]) => !hop.has(name.toLowerCase()))
  socket.write(
    headOf({ status: answer.status, reason: answer.reason, headers: [...headers, ['Connection', 'close']] }),
  )
  answer.body.pipe(socket)
  answer.body.once('close', end)
}

/** Answers an upgrade with a page of the load balancer's own. */
export function writeHead(
  socket: Duplex,
  { status, headers }: { status: number; headers: readonly Header[] },
): void {
  const body = pageOf(status)
  const all: Header[] = [
    ['Server', 'awselb/2.0'],
    ['Content-Type', 'text/html'],
    ['Content-Length', String(body.length)],
    ['Connection', 'close'],
    ...headers,
  ]
  if (!socket.destroyed) socket.end(headOf({ status, reason: reasonOf(status), headers: all }) + body)
}

function headOf({
  status,
  reason,
  headers,
}: {
  status: number
  reason: string
  headers: readonly Header[]
}): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}
