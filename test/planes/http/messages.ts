// Owns scenarios of well-formed requests and answers through an ALB.
import { digestOf, noise, open } from '../client.ts'
import type { Scenario } from '../scenario.ts'
import { answersOf, ask, GET, HOST, lines, listen, outcome } from './answers.ts'

const MEGABYTE = 1 << 20
const ONE_BY_ONE =
  'nginx does not carry trailers of requests or answers over HTTP/1.1; AWS is not documented, and gRPC needs them'

export const MESSAGES: readonly Scenario[] = [
  {
    name: 'a request and its answer',
    async run(stage) {
      const told = listen(stage)
      const seen = await ask(stage, GET)
      return `${told.requests[0]?.line}: ${seen.answers[0]?.body}; ${await outcome(seen)}`
    },
  },
  {
    name: 'a body of 1 MB up, and one of 1 MB down',
    async run(stage) {
      const [up, down] = [noise(MEGABYTE), noise(MEGABYTE)]
      const told = listen(stage, (response) => void response.end(down.data))
      const head = lines('POST / HTTP/1.1', HOST, `Content-Length: ${MEGABYTE}`)
      const { answers } = await ask(stage, Buffer.concat([Buffer.from(head), up.data]), { withinMs: 8000 })
      const isUp = digestOf(Buffer.from(told.requests[0]?.body ?? '', 'latin1')) === up.digest
      const isDown = digestOf(Buffer.from(answers[0]?.body ?? '', 'latin1')) === down.digest
      return `up ${isUp ? 'whole' : 'broken'}, down ${isDown ? 'whole' : 'broken'}`
    },
  },
  {
    name: 'a chunked request',
    async run(stage) {
      const told = listen(stage)
      const head = lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked')
      const seen = await ask(stage, `${head}5;name=value\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`)
      return `${told.requests[0]?.body}; ${await outcome(seen)}`
    },
  },
  {
    name: 'a chunked answer',
    async run(stage) {
      listen(stage, (response) => {
        response.write('hello')
        response.end(' world')
      })
      const seen = await ask(stage, GET)
      return `${seen.answers[0]?.body}; ${await outcome(seen)}`
    },
  },
  {
    name: 'an answer without a length, which ends with the connection',
    async run(stage) {
      stage.target.serve(
        (socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nhello')),
      )
      const seen = await ask(stage, GET)
      return `${seen.answers[0]?.body}; ${await outcome(seen)}`
    },
  },
  {
    name: 'HEAD',
    async run(stage) {
      listen(stage, (response) => void response.setHeader('Content-Length', '5').end())
      const seen = await ask(stage, lines('HEAD / HTTP/1.1', HOST), { bodiless: 1 })
      return `length ${seen.answers[0]?.headers['content-length']}; ${await outcome(seen)}`
    },
  },
  ...[204, 304].map((status): Scenario => ({
    name: `an answer ${status}, and another request behind it`,
    async run(stage) {
      listen(stage, (response) => void response.writeHead(status).end())
      return await outcome(await ask(stage, GET + GET, { answers: 2 }))
    },
  })),
  {
    name: 'Expect: 100-continue, and the target wants the body',
    async run(stage) {
      const told = listen(stage)
      const head = lines('POST / HTTP/1.1', HOST, 'Content-Length: 5', 'Expect: 100-continue')
      const { wire } = await ask(stage, head)
      await wire.send('hello')
      await wire.until(() => answersOf(wire).length >= 2)
      return `${answersOf(wire)
        .map(({ status }) => status)
        .join(', ')}: ${told.requests[0]?.body}`
    },
  },
  {
    name: 'Expect: 100-continue, and the target does not want the body',
    async run(stage) {
      stage.target.serve((socket) =>
        socket.once('data', () =>
          socket.end('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
        ),
      )
      const head = lines('POST / HTTP/1.1', HOST, 'Content-Length: 5', 'Expect: 100-continue')
      const { answers } = await ask(stage, head, { answers: 1 })
      return answers.map(({ status }) => status).join(', ')
    },
    why: 'Neargate sends the expectation on and lets the target decide; nginx answers 100 itself, and then waits for the body',
  },
  {
    name: 'trailers of a request',
    async run(stage) {
      const told = listen(stage)
      const head = lines('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked', 'Trailer: X-Sum')
      await ask(stage, `${head}5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n`)
      return `${told.requests[0]?.body}, trailers: ${told.requests[0]?.message.rawTrailers.join(' ') || 'none'}`
    },
    why: ONE_BY_ONE,
  },
  {
    name: 'trailers of an answer',
    async run(stage) {
      listen(stage, (response) => {
        response.writeHead(200, { Trailer: 'X-Sum' })
        response.write('hello')
        response.addTrailers({ 'X-Sum': '7' })
        response.end()
      })
      const { answers } = await ask(stage, lines('GET / HTTP/1.1', HOST, 'TE: trailers'))
      return `${answers[0]?.body}, trailers: ${answers[0]?.trailers || 'none'}`
    },
    why: ONE_BY_ONE,
  },
  {
    name: 'three requests at once on one connection',
    async run(stage) {
      const told = listen(stage, (response, { url }) => void response.end(url))
      const text = ['/one', '/two', '/three'].map((path) => lines(`GET ${path} HTTP/1.1`, HOST)).join('')
      const seen = await ask(stage, text, { answers: 3 })
      return `${seen.answers.map(({ body }) => body).join(' ')}; target: ${told.requests.map(({ line }) => line).join(', ')}`
    },
  },
  {
    name: '20 requests after another use one connection to the target',
    async run(stage) {
      listen(stage)
      const wire = await open(stage)
      for (let count = 1; count <= 20; count++) {
        await wire.send(GET)
        await wire.until(() => answersOf(wire).filter(({ isWhole }) => isWhole).length >= count)
      }
      return `${answersOf(wire).length} answers, ${stage.target.seen} connection`
    },
  },
  {
    name: 'HTTP/1.0',
    async run(stage) {
      listen(stage)
      const seen = await ask(stage, lines('GET / HTTP/1.0', HOST))
      return `${seen.answers[0]?.body}; ${await outcome(seen)}`
    },
  },
  {
    name: 'HTTP/1.0 without a host',
    async run(stage) {
      const told = listen(stage)
      await ask(stage, lines('GET / HTTP/1.0'))
      return `the target hears ${told.requests[0]?.message.headers.host ?? 'no host'}`
    },
    why: 'An ALB fills in its own name; nginx has none to send',
  },
  {
    name: 'HTTP/1.0 with keep-alive',
    async run(stage) {
      listen(stage)
      return await outcome(await ask(stage, lines('GET / HTTP/1.0', HOST, 'Connection: keep-alive')))
    },
  },
  {
    name: 'Connection: close',
    async run(stage) {
      listen(stage)
      const seen = await ask(stage, lines('GET / HTTP/1.1', HOST, 'Connection: close'))
      return `${seen.answers[0]?.headers.connection}; ${await outcome(seen)}`
    },
  },
  {
    name: 'a whole URL in the request line',
    async run(stage) {
      const told = listen(stage)
      await ask(stage, lines('GET http://other.example.com/a?b=c HTTP/1.1', HOST))
      return `${told.requests[0]?.line}, host ${told.requests[0]?.message.headers.host}`
    },
    why: 'An ALB takes the host of the URL (RFC 9112 3.2.2); nginx was told to send the Host header as it came',
  },
  {
    name: 'a path with encoded and doubled slashes',
    async run(stage) {
      const told = listen(stage)
      await ask(stage, lines('GET /a%2Fb//c/../d?x=%20&y HTTP/1.1', HOST))
      return told.requests[0]?.line ?? 'nothing'
    },
  },
  {
    name: 'headers that come several times',
    async run(stage) {
      const told = listen(stage, (response) => {
        response.setHeader('Set-Cookie', ['a=1', 'b=2'])
        response.end()
      })
      const { answers } = await ask(stage, lines('GET / HTTP/1.1', HOST, 'X-A: 1', 'X-B: 2', 'X-A: 3'))
      const raw = told.requests[0]?.message.rawHeaders ?? []
      const values = raw.filter((_, index) => raw[index - 1] === 'X-A' && index % 2 === 1)
      return `target: ${values.join(' ')}; client: ${answers[0]?.headers['set-cookie']}`
    },
  },
  {
    name: 'headers of one hop stay behind',
    async run(stage) {
      const told = listen(stage, (response) => {
        response.writeHead(200, { 'Keep-Alive': 'timeout=5', 'X-Kept': '1' })
        response.end()
      })
      const given = ['Keep-Alive: timeout=9', 'Proxy-Connection: keep-alive', 'X-Kept: 1']
      await ask(stage, lines('GET / HTTP/1.1', HOST, ...given))
      const names = Object.keys(told.requests[0]?.message.headers ?? {})
      const kept = ['keep-alive', 'proxy-connection', 'x-kept'].filter((name) => names.includes(name))
      return `target: ${kept.join(' ')}`
    },
    why: 'RFC 9110 7.6.1: a proxy sends nothing of one hop on; nginx knows fewer of them',
  },
  {
    name: 'empty values of headers',
    async run(stage) {
      const told = listen(stage)
      await ask(stage, lines('GET / HTTP/1.1', HOST, 'X-Empty:'))
      return JSON.stringify(told.requests[0]?.message.headers['x-empty'] ?? null)
    },
  },
  {
    name: '100 headers',
    async run(stage) {
      const told = listen(stage)
      const many = Array.from({ length: 100 }, (_, index) => `X-Header-${index}: ${index}`)
      const seen = await ask(stage, lines('GET / HTTP/1.1', HOST, ...many))
      const names = Object.keys(told.requests[0]?.message.headers ?? {})
      return `${names.filter((name) => name.startsWith('x-header-')).length} at the target; ${await outcome(seen)}`
    },
  },
  {
    name: 'a GET with a body',
    async run(stage) {
      const told = listen(stage)
      const seen = await ask(stage, `${lines('GET / HTTP/1.1', HOST, 'Content-Length: 5')}hello`)
      return `${told.requests[0]?.body}; ${await outcome(seen)}`
    },
    why: 'Ambiguous to AWS: in defensive mode the request passes, and the connection ends after it',
  },
]
