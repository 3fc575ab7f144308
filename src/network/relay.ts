// Owns carrying bytes between two streams: each direction ends on its own, a reset crosses over, nothing is changed.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/**
 * Joins two half-open streams until both directions have ended. `pipe` keeps back-pressure and passes a FIN on
 * as a FIN; whatever ends otherwise (reset, error, destruction) resets the other side.
 * @param onClose called once, when both streams are closed.
 */
export function relay(a: Duplex, b: Duplex, onClose: () => void): void {
  let open = 2
  const follow = (from: Duplex, to: Duplex): void => {
    const closed = (): void => {
      const isClean = from.readableEnded && from.writableFinished
      if (!isClean) reset(to)
      if (--open === 0) onClose()
    }
    // An error is always followed by 'close', which is where it is dealt with.
    from.on('error', () => undefined)
    if (from.closed) closed()
    else from.once('close', closed)
  }
  follow(a, b)
  follow(b, a)
  a.pipe(b)
  b.pipe(a)
}

/** Ends a stream so that its peer sees a reset where the transport has one. */
export function reset(stream: Duplex): void {
  if (stream.destroyed) return
  // What runs inside of TLS has no transport of its own that it could reset.
  if (stream instanceof Socket && !(stream instanceof TLSSocket)) stream.resetAndDestroy()
  else stream.destroy()
}
