// Owns an HTTP endpoint that passes calls on to another one and keeps them as they came: what judges look at.
import { createServer, request as send, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One call as it was on the wire. */
export interface RecordedCall {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of the answer; 0 where there was none. */
  readonly status: number
}

/** A call before it is answered. */
export type Asked = Omit<RecordedCall, 'status'>

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What a judge does to an answer, or to a call, because the far side lacks something. */
export interface Passing {
  /** The answer to a call that is not passed on. */
  instead?(call: Asked): Promise<Answer | undefined> | Answer | undefined
  /** The body to send on. */
  request?(call: Asked): Promise<string> | string
  /** The body to answer. */
  answer?(call: RecordedCall, body: string): Promise<string> | string
}

export interface Recorder extends AsyncDisposable {
  /** `http://127.0.0.1:41234` */
  readonly endpoint: string
  readonly calls: readonly RecordedCall[]
  /** Breaks every connection, open ones and those to come, or lets them be again. */
  hangUp(isBroken: boolean): void
}

/** Listens on a free loopback port. Signatures stay good: the name of the host is passed on as it came. */
export async function recordCalls(target: string, passing: Passing = {}): Promise<Recorder> {
  const calls: RecordedCall[] = []
  let isBroken = false
  const server = createServer((incoming, outgoing) => {
    if (isBroken) {
      outgoing.destroy()
      return
    }
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming
      const asked = { method, url, headers, body: Buffer.concat(chunks).toString() }
      answer(target, asked, passing).then(
        ({ status, headers: answered, body }) => {
          calls.push({ ...asked, status })
          // Its length may be another one now, and it is not in pieces.
          const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = answered
          outgoing.writeHead(status, kept).end(body)
        },
        () => {
          calls.push({ ...asked, status: 0 })
          outgoing.destroy()
        },
      )
    })
  })
  // A connection that ends when it is used again is a fault that nobody has planted.
  server.keepAliveTimeout = 0
  const endpoint = await listening(server)
  return {
    endpoint,
    calls,
    hangUp(broken) {
      isBroken = broken
      if (broken) server.closeAllConnections()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A server that listens on a port has an address of this shape.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function answer(target: string, asked: Asked, passing: Passing): Promise<Answer> {
  const instead = await passing.instead?.(asked)
  if (instead) return instead
  const body = (await passing.request?.(asked)) ?? asked.body
  const got = await pass(target, { ...asked, body })
  const changed = (await passing.answer?.({ ...asked, status: got.status }, got.body)) ?? got.body
  return { ...got, body: changed }
}

function pass(target: string, { method, url, headers, body }: Asked): Promise<Answer> {
  const { 'content-length': _length, 'transfer-encoding': _encoding, ...kept } = headers
  const length = method === 'GET' && body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...kept, ...length }, agent: false }
    const outgoing = send(`${target}${url}`, options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
