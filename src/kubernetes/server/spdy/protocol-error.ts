// Owns the error for bytes that are not SPDY; it ends the connection it happens on.

/** What the peer sent breaks the framing. Nothing after it on the connection can be understood. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError'
}
