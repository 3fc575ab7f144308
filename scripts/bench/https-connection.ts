// Owns one HTTPS connection that costs its client little: requests as text, answers counted and thrown away. Node's own
// client takes four times as long for a request, which on two cores is time that the server does not have.
import { connect, type TLSSocket } from 'node:tls'

const END_OF_HEAD = '\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'

/** Who is called, and as whom. */
export interface Endpoint {
  readonly url: string
  readonly token: string
}

/** What is asked for; JSON unless it says otherwise. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly accept?: string
  readonly contentType?: string
}

/** One request at a time. */
export class HttpsConnection {
  readonly #endpoint: Endpoint
  readonly #socket: TLSSocket
  #answer = new Answer()
  #settle: ((error?: Error) => void) | undefined

  private constructor(endpoint: Endpoint, socket: TLSSocket) {
    this.#endpoint = endpoint
    this.#socket = socket
    socket.on('data', (part) => this.#take(part))
    socket.on('error', (error) => this.#settle?.(error))
    socket.on('close', () => this.#settle?.(new Error('the connection was closed')))
  }

  static async open(endpoint: Endpoint): Promise<HttpsConnection> {
    return new HttpsConnection(endpoint, await connected(endpoint))
  }

  /** @returns bytes of the answer's body. @throws for any status but one of success */
  async call(asked: Asked): Promise<number> {
    if (this.#socket.destroyed) throw new Error('the connection has been closed')
    this.#answer = new Answer()
    const answered = new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error ? reject(error) : resolve())
    })
    this.#socket.write(textOf(this.#endpoint, asked))
    await answered
    const { status, size } = this.#answer
    if (status >= 300) throw new Error(`${asked.method} ${asked.path}: ${status}`)
    return size
  }

  #take(part: Buffer): void {
    this.#answer.take(part)
    if (this.#answer.isComplete) this.#settle?.()
  }

  close(): void {
    this.#settle = undefined
    this.#socket.destroy()
  }
}

/** A connection; whoever signed the certificate is believed. */
export function connected({ url }: Endpoint): Promise<TLSSocket> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

/** A request as it is sent. */
export function textOf({ url, token }: Endpoint, asked: Asked): string {
  const { method, path, body = '', accept = 'application/json', contentType = 'application/json' } = asked
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    `authorization: Bearer ${token}`,
    `accept: ${accept}`,
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return lines.join('\r\n') + END_OF_HEAD + body
}

class Answer {
  status = 0
  size = 0
  isComplete = false
  #head = ''
  /** Bytes of the body that are to come; undefined where it comes in chunks, and says itself where it ends. */
  #missing: number | undefined
  #tail = ''

  take(part: Buffer): void {
    const body = this.status === 0 ? this.#takeHead(part) : part
    if (body === undefined) return
    this.size += body.length
    if (this.#missing !== undefined) {
      this.#missing -= body.length
      this.isComplete = this.#missing <= 0
      return
    }
    this.#tail = (this.#tail + body.subarray(-LAST_CHUNK.length).toString('latin1')).slice(-LAST_CHUNK.length)
    // JSON has no carriage returns: only the end of the last chunk looks like this.
    this.isComplete = this.#tail === LAST_CHUNK
  }

  /** @returns what came behind the head; undefined when it is not there yet */
  #takeHead(part: Buffer): Buffer | undefined {
    const before = this.#head.length
    this.#head += part.toString('latin1')
    const end = this.#head.indexOf(END_OF_HEAD)
    if (end < 0) return undefined
    this.status = Number(this.#head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length))
    const length = /^content-length: (\d+)/im.exec(this.#head.slice(0, end))?.[1]
    this.#missing = length === undefined ? undefined : Number(length)
    return part.subarray(end + END_OF_HEAD.length - before)
  }
}
