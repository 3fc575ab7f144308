// Owns carrying bytes between two streams: each direction ends on its own, a reset crosses over, nothing is changed.
import type { Duplex } from 'node:stream'

import { isTcp, readIntoOne } from './fixed-buffer.ts'

/** What one direction carries before it gets a buffer of its own. */
const MUCH_BYTES = 256 * 1024

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
  let untilMuch = MUCH_BYTES
  from.on('data', (chunk: Buffer) => {
    untilMuch -= chunk.length
    if (!to.write(chunk)) from.pause()
    else if (untilMuch <= 0) {
      untilMuch = MUCH_BYTES
      carryMuch(from, to)
    }
  })
  to.on('drain', () => from.resume())
  if (from.readableEnded) to.end()
  else from.on('end', () => to.end())
  from.resume()
}

// With a new buffer for each read, garbage collection was a third of what a megabyte cost.
function carryMuch(from: Duplex, to: Duplex): void {
  // Whoever listens too wants chunks that stay.
  if (!isTcp(from) || !isTcp(to) || from.listenerCount('data') > 1) return
  let isHeld = false
  const onWritten = (): void => {
    if (!isHeld || to.writableLength > 0) return
    isHeld = false
    from.resume()
  }
  readIntoOne(from, (bytes) => {
    to.write(bytes, onWritten)
    // Most often the system has taken it by now. What is left of it lies in the buffer, until that is written too.
    isHeld = to.writableLength > 0
    return !isHeld
  })
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
  if (isTcp(stream)) stream.resetAndDestroy()
  else stream.destroy()
}
