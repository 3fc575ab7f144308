// Owns the framing of streams over one WebSocket: the first byte of a message is its channel.
// Source: apimachinery pkg/util/remotecommand, apimachinery pkg/util/httpstream/wsstream.
import type { WebSocket } from 'ws'

export interface ChannelMessage {
  readonly channel: number
  readonly data: Uint8Array
}

// v5 only: the other side has closed the channel that the second byte names.
const CLOSE = 255
// What the client may be behind before the pod's output has to wait.
const HIGH_WATER_BYTES = 1024 * 1024

/** The channels of one connection. */
export class Channels {
  readonly #socket: WebSocket

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** Calls back for each message and each channel that the client closes, and once at the end. */
  receive(handlers: {
    readonly onMessage: (message: ChannelMessage) => void
    readonly onClose: (channel: number) => void
    readonly onEnd: () => void
  }): void {
    this.#socket.on('message', (raw) => {
      const bytes = toBytes(raw)
      const channel = bytes[0]
      if (channel === undefined) return
      if (channel === CLOSE) handlers.onClose(bytes[1] ?? 0)
      else handlers.onMessage({ channel, data: bytes.subarray(1) })
    })
    this.#socket.on('close', handlers.onEnd)
    this.#socket.on('error', () => this.#socket.terminate())
  }

  send(channel: number, data: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(Buffer.concat([Uint8Array.of(channel), data]))
  }

  /** True while the client reads more slowly than the pod writes. */
  get isBehind(): boolean {
    return this.#socket.bufferedAmount > HIGH_WATER_BYTES
  }

  close(): void {
    this.#socket.close(1000)
  }
}

function toBytes(raw: Buffer | ArrayBuffer | Buffer[]): Uint8Array {
  if (Array.isArray(raw)) return Buffer.concat(raw)
  return new Uint8Array(raw as ArrayBuffer)
}
