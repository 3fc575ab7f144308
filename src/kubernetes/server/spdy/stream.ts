// Owns one stream of a SPDY connection as a Node duplex: frames become reads, writes become frames.
// Source: moby/spdystream stream.go.
import { Duplex } from 'node:stream'

import { resetStatus, type Frame } from './frames.ts'
import type { Headers } from './header-block.ts'

/** What a stream needs of its connection. */
export interface StreamOwner {
  /** Calls back when the transport has taken the bytes. */
  send(frame: Frame, done?: () => void): void
  forget(stream: SpdyStream): void
}

export interface StreamRequest {
  readonly id: number
  readonly headers: Headers
}

// What one stream may have unread before the whole connection waits, as it does in spdystream: it has no
// flow control of its own. Its queues hold 50 frames of 32 KiB.
const HIGH_WATER_BYTES = 1024 * 1024
// A large write goes out in frames of this size, so that other streams get their turn.
const FRAME_BYTES = 64 * 1024

/**
 * A stream that the client opened. Ending it closes our direction only; destroying it resets both.
 * A reset by the client destroys it without an error.
 */
export class SpdyStream extends Duplex {
  readonly id: number
  readonly headers: Headers
  readonly #owner: StreamOwner
  #isRemoteDone = false
  #isLocalDone = false
  #isReset = false
  #wake: (() => void) | undefined

  constructor({ id, headers }: StreamRequest, owner: StreamOwner) {
    super({ readableHighWaterMark: HIGH_WATER_BYTES, allowHalfOpen: true })
    this.id = id
    this.headers = headers
    this.#owner = owner
  }

  /** The first value of a header; names are in lower case. */
  header(name: string): string {
    return this.headers.get(name)?.[0] ?? ''
  }

  /** Takes what the client sent. Resolves when there is room for more. */
  async deliver(data: Uint8Array): Promise<void> {
    if (this.#isRemoteDone || this.destroyed || data.length === 0 || this.push(data)) return
    await new Promise<void>((resolve) => (this.#wake = resolve))
  }

  /** The client sends no more. */
  finish(): void {
    if (this.#isRemoteDone || this.destroyed) return
    this.#isRemoteDone = true
    this.push(null)
  }

  /** The client, or the end of the connection, has ended both directions. */
  reset(): void {
    this.#isReset = true
    this.destroy()
  }

  override _read(): void {
    this.#proceed()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    let rest = chunk
    for (; rest.length > FRAME_BYTES; rest = rest.subarray(FRAME_BYTES)) {
      this.#send(rest.subarray(0, FRAME_BYTES), false)
    }
    this.#send(rest, false, done)
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#isLocalDone = true
    this.#send(Buffer.alloc(0), true, done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#isReset && !(this.#isLocalDone && this.#isRemoteDone)) {
      this.#owner.send({ type: 'rst-stream', streamId: this.id, status: resetStatus.cancel })
    }
    this.#owner.forget(this)
    this.#proceed()
    done(error)
  }

  #send(data: Buffer, fin: boolean, done?: () => void): void {
    this.#owner.send({ type: 'data', streamId: this.id, fin, data }, done)
  }

  #proceed(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}
