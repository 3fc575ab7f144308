// Owns carrying bytes between two streams: each direction ends on its own, a reset crosses over, nothing is changed.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/**
 * Joins two half-open streams until both directions have ended. A slow reader holds the other side back, a FIN is passed
 * on as a FIN; whatever ends otherwise (reset, error, destruction) resets the other side. By hand: `pipe` costs as much as
 * all the rest of a short connection that is ours.
 * @param onClose called once, when both streams are closed.
 */
export function relay(a: Duplex, b: Duplex, onClose: () => void): void {
  let open = 2
  const onClosed = (): void => {
    if (--open === 0) onClose()
  }
  follow(a, b, onClosed)
  follow(b, a, onClosed)
  carry(a, b)
  carry(b, a)
}

function follow(from: Duplex, to: Duplex, onClosed: () => void): void {
  const closed = (): void => {
    if (!from.readableEnded || !from.writableFinished) reset(to)
    onClosed()
  }
  ignoreErrors(from)
  if (from.closed) closed()
  else from.on('close', closed)
}

function carry(from: Duplex, to: Duplex): void {
  from.on('data', (chunk) => {
    if (!to.write(chunk)) from.pause()
  })
  to.on('drain', () => from.resume())
  if (from.readableEnded) to.end()
  else from.on('end', () => to.end())
  from.resume()
}

/** An error is always followed by `close`, which is where it is dealt with; one that nobody hears ends the process. */
export function ignoreErrors(stream: Duplex): void {
  if (stream.listenerCount('error') === 0) stream.on('error', ignore)
}

function ignore(): void {}

/** Ends a stream so that its peer sees a reset where the transport has one. */
export function reset(stream: Duplex): void {
  if (stream.destroyed) return
  // What runs inside of TLS has no transport of its own that it could reset.
  if (stream instanceof Socket && !(stream instanceof TLSSocket)) stream.resetAndDestroy()
  else stream.destroy()
}
