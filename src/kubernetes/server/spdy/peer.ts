// Owns the client's end of a SPDY connection for tests: frame by frame, with no rules of its own.
import type { Duplex } from 'node:stream'

import { FrameReader } from './frame-reader.ts'
import { encodeFrame, type Frame, type OtherFrame } from './frames.ts'
import { HeaderEncoder } from './header-block.ts'

interface OpenOptions {
  readonly fin?: boolean
  readonly unidirectional?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** A client that sends what it is told, right or wrong, and keeps what it gets. */
export class Peer {
  readonly frames: (Frame | OtherFrame)[] = []
  readonly #transport: Duplex
  readonly #encoder = new HeaderEncoder()
  readonly #reader = new FrameReader()

  constructor(transport: Duplex) {
    this.#transport = transport
    transport.on('data', (chunk: Buffer) => this.frames.push(...this.#reader.push(chunk)))
    transport.on('error', () => {})
  }

  send(frame: Frame): void {
    this.#transport.write(encodeFrame(frame))
  }

  sendRaw(hex: string): void {
    this.#transport.write(Buffer.from(hex, 'hex'))
  }

  async open(streamId: number, options: OpenOptions = {}): Promise<void> {
    const { fin = false, unidirectional = false, headers = { name: 'x' } } = options
    const block = new Map(Object.entries(headers).map(([name, value]) => [name, [value]]))
    this.send({
      type: 'syn-stream',
      streamId,
      fin,
      unidirectional,
      headers: await this.#encoder.encode(block),
    })
  }

  write(streamId: number, text: string, fin = false): void {
    this.send({ type: 'data', streamId, fin, data: Buffer.from(text) })
  }

  /** The frames of one type that have come. */
  of<T extends Frame['type']>(type: T): Extract<Frame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<Frame, { type: T }> => frame.type === type)
  }

  /** What has come on a stream; `$` stands for its end. */
  text(streamId: number): string {
    return this.of('data')
      .filter((frame) => frame.streamId === streamId)
      .map(({ data, fin }) => Buffer.from(data).toString() + (fin ? '$' : ''))
      .join('')
  }
}
