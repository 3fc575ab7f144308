// Owns sending one request over and over, as bytes that are made once, so that the rate is the server's and not the client's.
import { connect, type Socket } from 'node:net'

const END_OF_HEAD = '\r\n\r\n'

/** What to send, and where. */
export interface Replayed {
  readonly url: string
  readonly method: string
  readonly path: string
  /** The `host` among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends a request `count` times over `clients` connections. @returns answers a second. @throws for any but a 200 */
export async function replay(
  request: Replayed,
  { count, clients }: { readonly count: number; readonly clients: number },
): Promise<number> {
  const bytes = bytesOf(request)
  const { hostname, port } = new URL(request.url)
  const wanted = { left: count }
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (wanted.left > 0) await oneConnection(bytes, { host: hostname, port: Number(port), wanted })
    }),
  )
  return count / ((performance.now() - startedAt) / 1000)
}

function bytesOf({ method, path, headers, body }: Replayed): Buffer {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}${END_OF_HEAD}${body}`)
}

interface Work {
  readonly host: string
  readonly port: number
  readonly wanted: { left: number }
}

// Ends with the work, or with the connection: moto's server closes it after each answer.
function oneConnection(bytes: Buffer, { host, port, wanted }: Work): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    let answer: Answer = { missing: undefined, isChunked: false }
    const next = (): void => {
      if (wanted.left <= 0) {
        socket.end()
        return
      }
      wanted.left -= 1
      answer = { missing: undefined, isChunked: false }
      socket.write(bytes)
    }
    socket.on('connect', next)
    socket.on('data', (part) => {
      const fault = take(answer, part)
      if (fault !== undefined) fail(socket, reject, fault)
      else if (answer.missing === 0) next()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
}

function fail(socket: Socket, reject: (error: Error) => void, fault: string): void {
  socket.destroy()
  reject(new Error(`the endpoint does not answer as it should: ${fault}`))
}

interface Answer {
  /** Bytes of the body that have not come, 1 for who knows how many; undefined before the head has. */
  missing: number | undefined
  /** Whether the body comes in chunks, and says itself where it ends. */
  isChunked: boolean
}

const LAST_CHUNK = '\r\n0\r\n\r\n'

// A chunk's end could be cut in two; answers here are far smaller than a packet of loopback.
function isLast(part: Buffer): boolean {
  return part.subarray(-LAST_CHUNK.length).toString('latin1') === LAST_CHUNK
}

// Heads are short: each comes in one piece. What is left of an answer that has no length comes with the connection's end.
function take(answer: Answer, part: Buffer): string | undefined {
  if (answer.missing !== undefined) {
    if (answer.isChunked) answer.missing = isLast(part) ? 0 : 1
    else answer.missing -= part.length
    return undefined
  }
  const end = part.indexOf(END_OF_HEAD)
  if (end < 0) return 'its head is in pieces'
  const head = part.subarray(0, end).toString('latin1')
  if (!/^HTTP\/1\.[01] 200 /.test(head)) return head.split('\r\n')[0]
  if (/^transfer-encoding: chunked/im.test(head)) {
    answer.isChunked = true
    answer.missing = isLast(part) ? 0 : 1
    return undefined
  }
  const length = /^content-length: (\d+)/im.exec(head)?.[1]
  if (length === undefined) return 'its body has no length'
  answer.missing = Number(length) - (part.length - end - END_OF_HEAD.length)
  return undefined
}
