// Targets of the protocol versions HTTP2 and GRPC, asked through an HTTPS listener.
import { createSecureServer, createServer, type ClientHttp2Stream, type ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'

import { beforeAll, describe, expect, test } from 'vitest'

import type { TlsCertificate } from '../tls/terminate.ts'
import { Http2Target } from './back-http2.ts'
import type { RequestSettings } from './plan.ts'
import { AlbStage, forwardTo, REQUESTS } from './testing/alb-stage.ts'
import { askHttp2, askHttps, http2Client, httpsListener, TestAuthority } from './testing/https.ts'
import { until } from '../testing/test-target.ts'

const HOST = 'web.example.com'
const CALL = {
  ':method': 'POST',
  ':path': '/greeter.Greeter/Hello',
  'content-type': 'application/grpc',
  te: 'trailers',
}
let web: TlsCertificate

beforeAll(async () => {
  web = await (await TestAuthority.create()).issue(HOST)
})

type Handler = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void

/** What a gRPC server does with a call: says what it got, and then the status of the call. */
const greet: Handler = (stream, headers) => {
  let body = ''
  stream.on('data', (chunk: Buffer) => (body += chunk.toString()))
  stream.on('end', () => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'done' }))
    stream.end(JSON.stringify({ body, headers }))
  })
}

/** Answers health checks as a gRPC server that does not have the method. */
const grpcTarget =
  (handler: Handler): Handler =>
  (stream, headers) => {
    stream.on('error', () => undefined)
    if (headers[':path'] !== '/AWS.ALB/healthcheck') return handler(stream, headers)
    stream.resume()
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' },
      { endStream: true },
    )
  }

async function balanced(
  handler: Handler,
  { version, protocol = 'HTTP' }: Pick<RequestSettings, 'version'> & Partial<RequestSettings>,
) {
  const stage = await AlbStage.open()
  const server =
    protocol === 'HTTPS'
      ? createSecureServer({ cert: web.certificateChainPem, key: web.privateKeyPem })
      : createServer()
  server.on('stream', version === 'GRPC' ? grpcTarget(handler) : handler)
  const sessions = { open: 0, begun: 0 }
  server.on('session', (session) => {
    sessions.begun += 1
    sessions.open += 1
    session.on('close', () => (sessions.open -= 1))
  })
  const { ip } = await stage.target(server)
  const healthCheck = {
    protocol,
    port: 'traffic-port',
    path: version === 'GRPC' ? '/AWS.ALB/healthcheck' : '/health',
    // One check, then none for as long as the test takes: what is counted are the connections of requests.
    intervalSeconds: 60,
    timeoutSeconds: 5,
    healthyThreshold: 1,
    unhealthyThreshold: 2,
    successCodes: version === 'GRPC' ? '12' : '200',
  } as const
  stage.group('arn:tg', [ip], { requests: { ...REQUESTS, version, protocol }, healthCheck })
  await stage.balance([forwardTo('arn:tg')], { listener: httpsListener(web) })
  await stage.healthy('arn:tg', 1)
  await until('the check has ended', () => sessions.open === 0)
  sessions.begun = 0
  return { stage, sessions, ip, client: await http2Client(stage, HOST) }
}

describe('a gRPC target', () => {
  test.each(['HTTP', 'HTTPS'] as const)(
    'over %s gets calls, and its trailers come back',
    async (protocol) => {
      const { client } = await balanced(greet, { version: 'GRPC', protocol })
      const { status, headers, body, trailers } = await askHttp2(client, CALL, { body: 'hello' })
      expect({ status, trailers }).toMatchObject({
        status: 200,
        trailers: { 'grpc-status': '0', 'grpc-message': 'done' },
      })
      expect(headers).toMatchObject({ 'content-type': 'application/grpc' })
      expect(JSON.parse(body)).toMatchObject({
        body: 'hello',
        headers: {
          ':method': 'POST',
          ':path': '/greeter.Greeter/Hello',
          ':authority': HOST,
          ':scheme': protocol.toLowerCase(),
          te: 'trailers',
          'content-type': 'application/grpc',
          'x-forwarded-proto': 'https',
        },
      })
    },
  )

  test('may answer with trailers alone', async () => {
    const unimplemented: Handler = (stream) => {
      stream.resume()
      const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' }
      stream.respond(headers, { endStream: true })
    }
    const { client } = await balanced(unimplemented, { version: 'GRPC' })
    expect(await askHttp2(client, CALL, { body: 'hello' })).toMatchObject({
      status: 200,
      body: '',
      headers: { 'grpc-status': '5' },
    })
  })

  test('talks with the client in both directions at once', async () => {
    const echo: Handler = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.pipe(stream)
    }
    const { client } = await balanced(echo, { version: 'GRPC' })
    const stream = client.request(CALL)
    const heard = async (): Promise<string> =>
      await new Promise((resolve) => stream.once('data', (chunk: Buffer) => resolve(chunk.toString())))
    for (const word of ['one', 'two', 'three']) {
      stream.write(word)
      expect(await heard()).toBe(word)
    }
    const trailers = new Promise((resolve) => stream.once('trailers', resolve))
    stream.end()
    expect(await trailers).toMatchObject({ 'grpc-status': '0' })
  })

  test('that breaks off is told to the client as a status of gRPC', async () => {
    const { client } = await balanced((stream) => stream.session?.destroy(), { version: 'GRPC' })
    expect(await askHttp2(client, CALL, { body: 'hello' })).toMatchObject({
      status: 502,
      headers: { 'grpc-status': '14', 'content-type': 'application/grpc' },
    })
  })

  test.each([
    ['gives up', (stream: ClientHttp2Stream) => stream.close()],
    ['leaves', (stream: ClientHttp2Stream) => stream.session?.destroy()],
  ])('hears when the client %s', async (_, leave) => {
    const left = Promise.withResolvers<boolean>()
    const begun = Promise.withResolvers<void>()
    const wait: Handler = (stream) => {
      stream.resume()
      stream.on('close', () => left.resolve(true))
      begun.resolve()
    }
    const { client } = await balanced(wait, { version: 'GRPC' })
    const stream = client.request(CALL)
    stream.on('error', () => undefined)
    await begun.promise
    leave(stream)
    expect(await left.promise).toBe(true)
  })

  test('gets no request of HTTP/1.1, and none but POST', async () => {
    const { stage, client } = await balanced(greet, { version: 'GRPC' })
    expect(await askHttps(stage, '/', HOST)).toMatchObject({ status: 464 })
    expect(await askHttp2(client, { ':path': '/' })).toMatchObject({ status: 464 })
  })
})

describe('an HTTP/2 target', () => {
  const tell: Handler = (stream, headers) => {
    let body = ''
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()))
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'] })
      stream.end(JSON.stringify({ body, headers }))
    })
  }

  test('gets requests of HTTP/2 as they are', async () => {
    const { stage, client } = await balanced(tell, { version: 'HTTP2' })
    const { headers, body } = await askHttp2(client, { ':method': 'PUT', ':path': '/a?b' }, { body: 'x' })
    expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'] })
    expect(JSON.parse(body)).toMatchObject({
      body: 'x',
      headers: { ':method': 'PUT', ':path': '/a?b', ':authority': HOST, 'x-forwarded-port': '443' },
    })
    expect(await askHttps(stage, '/', HOST)).toMatchObject({ status: 464 })
  })

  test('decides whether it wants the body', async () => {
    const wanting: Handler = (stream, headers) => {
      if (headers['expect'] === '100-continue') stream.additionalHeaders({ ':status': 100 })
      tell(stream, headers)
    }
    const { client } = await balanced(wanting, { version: 'HTTP2' })
    const stream = client.request({ ':method': 'PUT', ':path': '/', expect: '100-continue' })
    await new Promise((resolve) => stream.once('continue', () => resolve(undefined)))
    stream.end('wanted')
    let body = ''
    for await (const chunk of stream) body += String(chunk)
    expect(JSON.parse(body)).toMatchObject({ body: 'wanted' })
  })

  test('gets requests that begin together on one connection', async () => {
    const { client, sessions } = await balanced(tell, { version: 'HTTP2' })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => askHttp2(client, { ':path': `/${index}` })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(sessions).toEqual({ begun: 1, open: 1 })
  })

  test('is connected to once for requests of one moment', async () => {
    let dials = 0
    const dial = (): Promise<never> => {
      dials += 1
      return new Promise(() => undefined)
    }
    const target = new Http2Target(dial, 'http')
    const outgoing = {
      method: 'GET',
      url: '/',
      headers: [],
      body: Readable.from([]),
      hasBody: false,
      trailers: () => [],
      onContinue: () => undefined,
      signal: new AbortController().signal,
    }
    void target.send(outgoing)
    void target.send(outgoing)
    await new Promise((resolve) => setImmediate(resolve))
    expect(dials).toBe(1)
  })

  test('that ended its connection is connected to again, once', async () => {
    const { client, sessions } = await balanced(
      (stream, headers) => {
        if (headers[':path'] === '/bye') stream.session?.destroy()
        else tell(stream, headers)
      },
      { version: 'HTTP2' },
    )
    expect(await askHttp2(client, { ':path': '/bye' })).toMatchObject({ status: 502 })
    const both = await Promise.all(['/a', '/b'].map((path) => askHttp2(client, { ':path': path })))
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(sessions).toEqual({ begun: 2, open: 1 })
  })

  test('that is gone for good has no connection any more', async () => {
    const { stage, client, sessions } = await balanced(tell, { version: 'HTTP2' })
    await Promise.all(['/a', '/b'].map((path) => askHttp2(client, { ':path': path })))
    stage.group('arn:tg', [], {
      deregistrationDelaySeconds: 0.02,
      requests: { ...REQUESTS, version: 'HTTP2' },
    })
    await until('no connection is open', () => sessions.open === 0)
  })
})
