// Owns connections that become something else than HTTP, such as WebSocket: after the target's 101 nothing is read.
import { PassThrough, type Duplex } from 'node:stream'

import { relay, reset } from '../relay.ts'
import type { AccessNote } from './access-note.ts'
import type { Upgraded } from './answer.ts'
import { Http1Target } from './back-http1.ts'
import { carryBack, statusOf, type Exchange } from './exchange.ts'
import { valuesOf } from './headers.ts'
import { IdleTimer } from './idle-timer.ts'

/** A client that asks for another protocol. */
export interface UpgradeRequest {
  readonly socket: Duplex
  /** What it has sent behind its request. */
  readonly first: Buffer
}

/** Asks the target for the other protocol, and joins both when it agrees. Settles when both are over. */
export async function carryUpgrade(client: UpgradeRequest, trip: Exchange): Promise<void> {
  const { ask, reply, client: target } = trip
  if (!(target instanceof Http1Target)) return trip.fail(464)
  const ending = new AbortController()
  let isJoined = false
  const idle = new IdleTimer(trip.clock, trip.idleSeconds * 1000, () => {
    if (isJoined) reset(client.socket)
    else if (reply.isStarted) reply.abort()
    else trip.fail(504)
    ending.abort()
  })
  reply.onClose(() => ending.abort())
  try {
    const answer = await target.upgrade({
      method: ask.method,
      url: trip.url,
      headers: [
        ...trip.headers,
        ['Connection', 'Upgrade'],
        ['Upgrade', valuesOf(ask.headers, 'upgrade')[0] ?? ''],
      ],
      body: PassThrough.from([]),
      hasBody: false,
      trailers: () => [],
      onContinue: () => undefined,
      signal: ending.signal,
    })
    idle.touch()
    // The target that does not agree answers as to any request, and the connection ends with its answer.
    if (!('stream' in answer)) return await carryBack(trip, answer, idle)
    isJoined = true
    trip.note?.upgraded(answer)
    await join(client, answer, { idle, note: trip.note })
  } catch (error) {
    if (ending.signal.aborted) return
    if (reply.isStarted) reply.abort()
    else trip.fail(statusOf(error))
  } finally {
    idle.stop()
  }
}

function join(
  client: UpgradeRequest,
  { status, headers, stream, first }: Upgraded,
  { idle, note }: { readonly idle: IdleTimer; readonly note: AccessNote | undefined },
): Promise<void> {
  const { socket } = client
  const raw = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`HTTP/1.1 ${status} Switching Protocols\r\n${raw}\r\n`)
  if (first.length > 0) socket.write(first)
  if (client.first.length > 0) stream.write(client.first)
  socket.on('data', (chunk: Buffer) => {
    idle.touch()
    note?.received(chunk.length)
  })
  stream.on('data', (chunk: Buffer) => {
    idle.touch()
    note?.sent(chunk.length)
  })
  return new Promise((resolve) => relay(socket, stream, resolve))
}
