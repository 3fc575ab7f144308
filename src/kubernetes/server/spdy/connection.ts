// Owns the server's end of a SPDY/3.1 connection: streams that the client opens, pings, the end.
// Source: moby/spdystream connection.go; apimachinery pkg/util/httpstream/spdy/connection.go.
// Like spdystream it has no flow control: windows are neither kept nor updated, and a stream that is not
// read holds back the transport.
import type { Duplex } from 'node:stream'

import { StatusError } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import { FrameReader } from './frame-reader.ts'
import {
  controlTypes,
  encodeFrame,
  goAwayStatus,
  resetStatus,
  type Frame,
  type OtherFrame,
  type SynStreamFrame,
} from './frames.ts'
import { HeaderDecoder, HeaderEncoder } from './header-block.ts'
import { SpdyError } from './protocol-error.ts'
import { SpdyStream, type StreamOwner } from './stream.ts'

export interface SpdyHandlers {
  /** Looks at a stream before it is accepted. @throws StatusError to refuse it. */
  check(stream: SpdyStream): void
  /** Takes an accepted stream. */
  serve(stream: SpdyStream): void
  readonly log: Log
}

/** A connection over any transport: a socket, or a WebSocket as a stream. */
export class SpdyConnection implements StreamOwner {
  readonly #transport: Duplex
  readonly #handlers: SpdyHandlers
  readonly #streams = new Map<number, SpdyStream>()
  readonly #decoder = new HeaderDecoder()
  readonly #encoder = new HeaderEncoder()
  #nextStreamId = 1
  #lastStreamId = 0
  #isClosed = false

  constructor(transport: Duplex, handlers: SpdyHandlers) {
    this.#transport = transport
    this.#handlers = handlers
  }

  /** Serves until the client leaves, `close` is called, or what comes is not SPDY; ends the transport. */
  async run(): Promise<void> {
    // A wait for a reader of one stream ends with the connection.
    this.#transport.once('close', () => this.#resetStreams())
    this.#transport.on('error', () => this.#transport.destroy())
    try {
      await this.#readFrames()
      this.close()
    } catch (error) {
      if (!(error instanceof SpdyError)) {
        // A transport that breaks off is how many clients leave.
        if (this.#transport.destroyed) return
        throw error
      }
      this.#handlers.log.debug('SPDY connection broke', { error })
      this.#end(goAwayStatus.protocolError)
    } finally {
      this.#end(goAwayStatus.ok)
      this.#decoder.close()
      this.#encoder.close()
    }
  }

  /** Resets every stream, says goodbye and closes the transport. */
  close(): void {
    this.#end(goAwayStatus.ok)
  }

  send(frame: Frame, done: () => void = () => {}): void {
    if (this.#transport.destroyed || this.#transport.writableEnded) {
      // The streams of a connection that is over end with it; their last bytes have nowhere to go.
      process.nextTick(done)
      return
    }
    // A write that fails is followed by the end of the transport, and that resets the streams.
    this.#transport.write(encodeFrame(frame), () => done())
  }

  forget(stream: SpdyStream): void {
    this.#streams.delete(stream.id)
  }

  async #readFrames(): Promise<void> {
    const reader = new FrameReader()
    for await (const chunk of this.#transport.iterator({ destroyOnReturn: false })) {
      for (const frame of reader.push(chunk as Buffer)) {
        if (frame.type === 'go-away' || this.#isClosed) return
        await this.#handle(frame)
      }
    }
  }

  async #handle(frame: Frame | OtherFrame): Promise<void> {
    switch (frame.type) {
      case 'syn-stream':
        return await this.#open(frame)
      case 'data': {
        const stream = this.#streams.get(frame.streamId)
        await stream?.deliver(frame.data)
        if (frame.fin) stream?.finish()
        return
      }
      case 'rst-stream':
        return this.#streams.get(frame.streamId)?.reset()
      case 'ping':
        // Odd ones are the client's, and it wants them back.
        if (frame.id % 2 === 1) this.send(frame)
        return
      case 'syn-reply':
        await this.#decoder.decode(frame.headers)
        return
      case 'other':
        // Its block belongs to the compression context even though nobody asks what it says.
        if (frame.controlType === controlTypes.headers) await this.#decoder.decode(frame.body.subarray(4))
        return
      case 'go-away':
    }
  }

  async #open({ streamId: id, headers: block, fin, unidirectional }: SynStreamFrame): Promise<void> {
    const headers = await this.#decoder.decode(block)
    if (id < this.#nextStreamId || id % 2 === 0) {
      this.send({ type: 'rst-stream', streamId: id, status: resetStatus.protocolError })
      return
    }
    this.#nextStreamId = id + 2
    if (unidirectional) {
      this.send({ type: 'rst-stream', streamId: id, status: resetStatus.refusedStream })
      return
    }
    const stream = new SpdyStream({ id, headers }, this)
    if (!this.#isAccepted(stream)) return
    this.#lastStreamId = id
    this.#streams.set(id, stream)
    this.send({
      type: 'syn-reply',
      streamId: id,
      fin: false,
      headers: await this.#encoder.encode(new Map()),
    })
    if (fin) stream.finish()
    this.#handlers.serve(stream)
  }

  #isAccepted(stream: SpdyStream): boolean {
    try {
      this.#handlers.check(stream)
      return true
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      this.#handlers.log.debug('SPDY stream rejected', { error })
      stream.destroy()
      return false
    }
  }

  #end(status: number): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#resetStreams()
    const goAway = encodeFrame({ type: 'go-away', lastStreamId: this.#lastStreamId, status })
    this.#transport.end(goAway, () => this.#transport.destroy())
  }

  #resetStreams(): void {
    for (const stream of this.#streams.values()) stream.reset()
  }
}
