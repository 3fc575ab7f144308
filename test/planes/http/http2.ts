// Owns scenarios of HTTP/2 at an ALB: requests, flow control, gRPC.
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { setTimeout as pause } from 'node:timers/promises'

import { becomes, digestOf, noise } from '../client.ts'
import type { Front, Scenario, Stage } from '../scenario.ts'
import { listen } from './answers.ts'

const CALL = {
  ':method': 'POST',
  ':path': '/greeter/Hello',
  'content-type': 'application/grpc',
  te: 'trailers',
}

export const HTTP2: readonly Scenario[] = [
  {
    name: 'HTTP/2: a request with a body',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        const told = listen(stage, (response) => response.end('ok'))
        const { status, body } = await call(session, { ':method': 'POST', ':path': '/a?b' }, 'hello')
        const [request] = told.requests
        return `${status} ${body}; target: ${request?.line} HTTP/${request?.message.httpVersion} ${request?.body}`
      }),
  },
  {
    name: 'HTTP/2: 100 requests at once',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        listen(stage, (response, { url }) => void response.end(url))
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, index) => call(session, { ':path': `/${index}` })),
        )
        const good = answers.filter(({ body }, index) => body === `/${index}`).length
        return `${good} answered`
      }),
  },
  {
    name: 'HTTP/2: 2 MB down',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        const { data, digest } = noise(2 << 20)
        listen(stage, (response) => void response.end(data))
        const { body } = await call(session, { ':path': '/' })
        return digestOf(Buffer.from(body, 'latin1')) === digest ? 'whole' : 'broken'
      }),
  },
  {
    name: 'HTTP/2: 2 MB up',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        const { data, digest } = noise(2 << 20)
        const told = listen(stage)
        await call(session, { ':method': 'POST', ':path': '/' }, data)
        return digestOf(Buffer.from(told.requests[0]?.body ?? '', 'latin1')) === digest ? 'whole' : 'broken'
      }),
  },
  {
    name: 'HTTP/2: a slow stream does not hold up the others',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        const big = noise(4 << 20).data
        listen(stage, (response, { url }) => void response.end(url === '/slow' ? big : 'ok'))
        const slow = session.request({ ':path': '/slow' })
        slow.pause()
        await new Promise((resolve) => slow.once('response', resolve))
        const { body } = await call(session, { ':path': '/fast' })
        slow.close()
        return body
      }),
  },
  {
    name: 'HTTP/2: a target that does not read holds the client back',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        stage.target.serve((socket) => void socket.pause())
        const stream = session.request({ ':method': 'POST', ':path': '/' })
        stream.on('error', () => undefined)
        let sent = 0
        for (; sent < 64; sent++) {
          if (stream.write(Buffer.alloc(1 << 20))) continue
          const drained = new Promise<boolean>((resolve) => stream.once('drain', () => resolve(true)))
          if (!(await Promise.race([drained, pause(300, false)]))) break
        }
        stream.destroy()
        return sent < 64 ? 'stops before 64 MB' : 'never stops'
      }),
  },
  {
    name: 'HTTP/2: the client gives a stream up',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        const accepted = stage.target.next()
        const stream = session.request({ ':path': '/' })
        stream.on('error', () => undefined)
        const far = await accepted
        far.resume()
        stream.close(8)
        const isTold = await becomes(() => far.closed || far.readableEnded)
        return `target: ${isTold ? 'is told' : 'is not told'}`
      }),
  },
  {
    name: 'HTTP/2: the target ends within its body',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        stage.target.serve((socket) =>
          socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')),
        )
        const { status, error } = await call(session, { ':path': '/' })
        return `${status}, ${error ? 'the stream is broken off' : 'the stream ends well'}`
      }),
  },
  {
    name: 'HTTP/2: several cookies are one header to the target',
    run: async (stage) =>
      await withSession(stage, 'tls', async (session) => {
        const told = listen(stage)
        await call(session, { ':path': '/', cookie: ['a=1', 'b=2'] })
        return told.requests[0]?.message.headers.cookie ?? 'none'
      }),
  },
  {
    name: 'gRPC: a call and its trailers',
    run: async (stage) =>
      await grpc(stage, (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'done' }))
        stream.end('answer')
      }),
  },
  {
    name: 'gRPC: an answer of trailers alone',
    run: async (stage) =>
      await grpc(stage, (stream) => {
        const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' }
        stream.respond(headers, { endStream: true })
      }),
  },
  {
    name: 'gRPC: words in both directions on one stream',
    run: async (stage) =>
      await withSession(stage, 'grpc', async (session) => {
        serveHttp2(stage, (stream) => {
          stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
          stream.pipe(stream)
        })
        const stream = session.request(CALL)
        const heard: string[] = []
        for (const word of ['one', 'two', 'three']) {
          stream.write(word)
          heard.push(await new Promise((resolve) => stream.once('data', (chunk) => resolve(String(chunk)))))
        }
        stream.end()
        return heard.join(' ')
      }),
  },
]

async function grpc(stage: Stage, answer: (stream: ServerHttp2Stream) => void): Promise<string> {
  return await withSession(stage, 'grpc', async (session) => {
    serveHttp2(stage, (stream) => void stream.resume().on('end', () => answer(stream)))
    const { status, headers, body, trailers } = await call(session, CALL, 'question')
    const code = (from: Readonly<Record<string, string>>): string => from['grpc-status'] ?? 'none'
    return `${status} ${body || 'no body'}; grpc-status in headers ${code(headers)}, in trailers ${code(trailers)}`
  })
}

function serveHttp2(stage: Stage, onStream: (stream: ServerHttp2Stream) => void): void {
  const server = createServer()
  server.on('stream', (stream) => {
    stream.on('error', () => undefined)
    onStream(stream)
  })
  server.on('sessionError', () => undefined)
  stage.target.serve((socket) => void server.emit('connection', socket))
}

async function withSession(
  stage: Stage,
  front: Front,
  work: (session: ClientHttp2Session) => Promise<string>,
): Promise<string> {
  const session = connect(`https://127.0.0.1:${stage.port(front)}`, {
    rejectUnauthorized: false,
    servername: 'web.example.com',
  })
  session.on('error', () => undefined)
  try {
    return await work(session)
  } finally {
    session.destroy()
  }
}

interface Called {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly trailers: Readonly<Record<string, string>>
  readonly error: boolean
}

async function call(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Called> {
  const stream: ClientHttp2Stream = session.request({ ':authority': 'web.example.com', ...headers })
  let [head, trailers, text]: [Record<string, string>, Record<string, string>, string] = [{}, {}, '']
  stream.on('response', (answer) => (head = textOf(answer)))
  stream.on('trailers', (behind) => (trailers = textOf(behind)))
  stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  let error = false
  stream.on('error', () => (error = true))
  stream.end(body)
  await new Promise((resolve) => stream.once('close', resolve))
  return { status: Number(head[':status'] ?? 0), headers: head, body: text, trailers, error }
}

function textOf(
  headers: Readonly<Record<string, string | string[] | number | undefined>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
