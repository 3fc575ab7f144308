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

/** Sends a request over and over for some seconds, over `clients` connections. @throws for any answer but a 200 */
export async function replay(
  request: Replayed,
  { seconds, clients }: { readonly seconds: number; readonly clients: number },
): Promise<{ readonly perSecond: number; readonly answers: number }> {
  const bytes = bytesOf(request)
  const { hostname, port } = new URL(request.url)
  const startedAt = performance.now()
  const work = { host: hostname, port: Number(port), endsAtMs: startedAt + seconds * 1000, answers: 0 }
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < work.endsAtMs) await oneConnection(bytes, work)
    }),
  )
  const { answers } = work
  return { perSecond: answers / ((performance.now() - startedAt) / 1000), answers }
}

function bytesOf({ method, path, headers, body }: Replayed): Buffer {
  const all = { ...headers, 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}${END_OF_HEAD}${body}`)
}

interface Work {
  readonly host: string
  readonly port: number
  readonly endsAtMs: number
  /** How many have come. */
  answers: number
}

// Ends with the work, or with the connection: moto's server closes it after each answer.
function oneConnection(bytes: Buffer, work: Work): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: work.host, port: work.port, noDelay: true })
    let answer = nothingYet()
    const next = (): void => {
      answer = nothingYet()
      socket.write(bytes)
    }
    socket.on('connect', next)
    socket.on('data', (part) => {
      const fault = take(answer, part)
      if (fault !== undefined) fail(socket, reject, fault)
      if (answer.missing !== 0) return
      work.answers += 1
      if (answer.isLast || performance.now() >= work.endsAtMs) socket.end()
      else next()
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
  /** Whether the server closes the connection behind it. */
  isLast: boolean
}

function nothingYet(): Answer {
  return { missing: undefined, isChunked: false, isLast: false }
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
  answer.isLast = /^connection: close/im.test(head)
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
