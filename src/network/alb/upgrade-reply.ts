// Owns the answer to a request that asks for another protocol, when the load balancer answers itself: Node gives its
// bare socket, and the connection ends with the answer.
import type { Duplex, Writable } from 'node:stream'

import type { Head, Reply } from './ask.ts'

/** An answer on a socket that Node's server has handed over. */
export class UpgradeReply implements Reply {
  readonly #socket: Duplex
  #isStarted = false

  constructor(socket: Duplex) {
    this.#socket = socket
    socket.on('error', () => undefined)
  }

  get isStarted(): boolean {
    return this.#isStarted
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  get connection(): 'close' {
    return 'close'
  }

  continue(): void {}

  start({ status, reason, headers }: Head, { isBodiless }: { readonly isBodiless: boolean }): Writable {
    this.#isStarted = true
    const kept = headers.filter(([name]) => name.toLowerCase() !== 'connection')
    const lines = [...kept, ['Connection', 'close'] as const].map(([name, value]) => `${name}: ${value}\r\n`)
    this.#socket.write(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n`)
    if (isBodiless) this.#socket.end()
    return this.#socket
  }

  trailers(): void {}

  closeAfterwards(): void {}

  abort(): void {
    this.#socket.destroy()
  }

  onClose(handler: () => void): void {
    this.#socket.once('close', handler)
  }
}
