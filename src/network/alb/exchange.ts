// Owns one request on its way to a target and the answer on its way back: bodies, trailers, time-outs, faults.
import type { Clock } from '../../base/clock.ts'
import { DialError } from '../dialer.ts'
import type { AccessNote } from './access-note.ts'
import type { Answer, TargetClient } from './answer.ts'
import type { Ask, Reply } from './ask.ts'
import { responseHeaders, type Header } from './headers.ts'
import { IdleTimer } from './idle-timer.ts'

/** A request that has found its target. */
export interface Exchange {
  readonly ask: Ask
  readonly reply: Reply
  readonly client: TargetClient
  readonly url: string
  readonly headers: readonly Header[]
  readonly idleSeconds: number
  readonly clock: Clock
  readonly insertedHeaders: Readonly<Record<string, string>>
  /** Cookies to set, once it is known what the target sets itself. */
  cookies(answer: readonly Header[]): readonly string[]
  /** Where there is an access log. */
  readonly note?: AccessNote
  /** The target gave no answer: the load balancer answers itself. */
  fail(status: number): void
}

/** Carries a request and its answer. Settles when both are over, in whichever way. */
export async function exchange(trip: Exchange): Promise<void> {
  const { ask, reply, clock, idleSeconds, note } = trip
  const ending = new AbortController()
  const idle = new IdleTimer(clock, idleSeconds * 1000, () => {
    const isWaitingForClient = ask.hasBody && !ask.body.readableEnded
    // The client stopped in its body, or the target owes an answer.
    if (reply.isStarted) reply.abort()
    else trip.fail(isWaitingForClient ? 408 : 504)
    ending.abort()
  })
  // It waits for the connection to the target: a listener alone would let it flow into nothing.
  if (ask.hasBody) ask.body.pause()
  ask.body.on('data', (chunk: Buffer) => {
    idle.touch()
    note?.received(chunk.length)
  })
  let isAnswered = false
  reply.onClose(() => {
    // What has come to a good end leaves a connection that can be used again.
    const isSent = !ask.hasBody || ask.body.readableEnded
    if (!isAnswered || !isSent) ending.abort()
  })
  try {
    const answer = await trip.client.send({
      method: ask.method,
      url: trip.url,
      headers: trip.headers,
      body: ask.body,
      hasBody: ask.hasBody,
      trailers: () => ask.trailers(),
      onContinue: () => reply.continue(),
      signal: ending.signal,
    })
    idle.touch()
    await carryBack(trip, answer, idle)
    isAnswered = true
  } catch (error) {
    // The client has left: nobody is there to be told (460 in AWS's log).
    if (ending.signal.aborted) return
    if (reply.isStarted) reply.abort()
    else trip.fail(statusOf(error))
  } finally {
    idle.stop()
  }
}

/** Carries a target's answer to the client. */
export function carryBack(trip: Exchange, answer: Answer, idle: IdleTimer): Promise<void> {
  const { ask, reply, insertedHeaders, note } = trip
  const { status, reason } = answer
  note?.answered(status)
  const isBodiless = answer.isBodiless || ask.method === 'HEAD' || status === 204 || status === 304
  const headers = responseHeaders(answer.headers, {
    inserted: insertedHeaders,
    cookies: trip.cookies(answer.headers),
  })
  const stream = reply.start({ status, reason, headers }, { isBodiless })
  if (isBodiless) {
    answer.body.resume()
    return Promise.resolve()
  }
  return new Promise((resolve, reject) => {
    answer.body.on('data', (chunk: Buffer) => {
      idle.touch()
      note?.sent(chunk.length)
    })
    answer.body.on('error', reject)
    answer.body.once('aborted', () => reject(new BrokenAnswer()))
    answer.body.once('end', () => {
      reply.trailers(answer.trailers())
      stream.end()
    })
    stream.once('close', resolve)
    stream.once('finish', resolve)
    answer.body.pipe(stream, { end: false })
  })
}

/** The target ended in the middle of its answer. */
class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer'
}

/**
 * What a failure on the way to a target is answered with. Nobody at the address, where AWS waits 10 s for the connection:
 * 504. All else is an end of the connection, or no HTTP: 502.
 */
export function statusOf(error: unknown): 502 | 504 {
  return error instanceof DialError && error.code !== 'ECONNREFUSED' ? 504 : 502
}
