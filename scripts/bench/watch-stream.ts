// Owns a watch that counts its events, and goes on where it was cut off, as informers do: kube-apiserver cuts off who is
// some ten events behind for longer than it waits (apiserver pkg/storage/cacher, forceTermination).
import type { TLSSocket } from 'node:tls'

import { connected, textOf, type Endpoint } from './https-connection.ts'

const NEWLINE = 10
const RETURN = 13
const LAST_CHUNK = '\r\n0\r\n\r\n'
// More than one event, whose version stands in it.
const TAIL_BYTES = 8192

export interface Watched {
  /** With a query. */
  readonly path: string
  /** Told how many events have come. */
  readonly onEvents: (count: number) => void
}

/** One watch, over as many connections as it takes. */
export class WatchStream {
  /** How often it was cut off. */
  cuts = 0
  readonly #endpoint: Endpoint
  readonly #watched: Watched
  #socket: TLSSocket | undefined
  #tail: Buffer = Buffer.alloc(0)
  #isClosed = false

  private constructor(endpoint: Endpoint, watched: Watched) {
    this.#endpoint = endpoint
    this.#watched = watched
  }

  /** Resolves when the watch stands. @throws for any status but 200 */
  static async open(endpoint: Endpoint, watched: Watched): Promise<WatchStream> {
    const stream = new WatchStream(endpoint, watched)
    // What there is now: the real server may wait for the newest version in vain (`Too large resource version`).
    await stream.#begin('0')
    return stream
  }

  close(): void {
    this.#isClosed = true
    this.#socket?.destroy()
  }

  async #begin(version: string): Promise<void> {
    const path = `${this.#watched.path}&resourceVersion=${version}`
    const socket = await connected(this.#endpoint)
    this.#socket = socket
    if (this.#isClosed) socket.destroy()
    // What ends a connection is seen by its end.
    socket.on('error', () => undefined)
    socket.write(textOf(this.#endpoint, { method: 'GET', path }))
    const first = await firstPart(socket, path)
    socket.on('close', () => {
      if (!this.#isClosed) this.cuts += 1
      this.#goOn()
    })
    socket.on('data', (part: Buffer) => this.#take(part))
    this.#take(first)
    socket.resume()
  }

  // A server that has ended a watch may refuse the next ones for a moment.
  #goOn(): void {
    if (this.#isClosed) return
    this.#begin(lastVersion(this.#tail)).catch(() => setTimeout(() => this.#goOn(), 100))
  }

  #take(part: Buffer): void {
    let count = 0
    for (let at = part.indexOf(NEWLINE); at >= 0; at = part.indexOf(NEWLINE, at + 1)) {
      // Lines of HTTP, those between chunks among them, end with a carriage return, events do not.
      if ((at === 0 ? this.#tail.at(-1) : part[at - 1]) !== RETURN) count += 1
    }
    this.#tail =
      part.length >= TAIL_BYTES ? part : Buffer.concat([this.#tail, part]).subarray(-2 * TAIL_BYTES)
    if (count > 0) this.#watched.onEvents(count)
    // The watch has ended, and the connection would go on.
    if (this.#tail.subarray(-LAST_CHUNK.length).toString('latin1') === LAST_CHUNK) this.#socket?.destroy()
  }
}

/** What the server answers first; the socket waits then. */
function firstPart(socket: TLSSocket, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error(`GET ${path}: no answer`)))
    socket.once('data', (part: Buffer) => {
      socket.pause()
      const [status = ''] = part.toString('latin1').split('\r\n', 1)
      if (status.startsWith('HTTP/1.1 200 ')) return resolve(part)
      reject(new Error(`GET ${path}: ${status}`))
      socket.destroy()
    })
  })
}

/** The version of the last event that came whole; 0 when there was none. */
function lastVersion(tail: Buffer): string {
  const lines = tail.toString('latin1').split('\n').slice(0, -1)
  const event = lines.findLast((line) => !line.endsWith('\r')) ?? ''
  return /"resourceVersion":"(\d+)"/.exec(event)?.[1] ?? '0'
}
