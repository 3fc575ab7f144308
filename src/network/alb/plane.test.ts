import { createServer, type RequestListener, type Server } from 'node:http'

import { describe, expect, test } from 'vitest'

import { AlbStage, forwardTo, NAME, REQUESTS } from './testing/alb-stage.ts'
import { pageOf } from './pages.ts'
import type { Rule } from './plan.ts'

const NOTHING: Rule = {
  conditions: [],
  transforms: [],
  action: { kind: 'fixed-response', status: 404, contentType: 'text/plain', body: '' },
}

/** A target that says what it was asked, as JSON. */
async function echo(stage: AlbStage, name = 'echo') {
  return await stage.target((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { method, url, headers, rawTrailers } = request
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ name, method, url, headers, body, trailers: rawTrailers }))
    })
  })
}

async function single() {
  const stage = await AlbStage.open()
  const { ip } = await echo(stage)
  stage.group('arn:tg', [ip])
  await stage.balance([forwardTo('arn:tg')])
  await stage.healthy('arn:tg', 1)
  return stage
}

test('a request reaches the target with the headers of the load balancer', async () => {
  const stage = await single()
  const { status, body, headers } = await stage.ask('/a/b?c=d', {
    headers: { 'x-forwarded-for': '203.0.113.7', connection: 'keep-alive, x-private', 'x-private': '1' },
  })
  expect(status).toBe(200)
  expect(headers.connection).toBe('keep-alive')
  expect(JSON.parse(body)).toEqual({
    name: 'echo',
    method: 'GET',
    url: '/a/b?c=d',
    body: '',
    trailers: [],
    headers: {
      host: NAME,
      'x-forwarded-for': '203.0.113.7, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '80',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    },
  })
})

test('bodies of known and of unknown length arrive whole', async () => {
  const stage = await single()
  const posted = await stage.ask('/', { method: 'POST', body: 'x'.repeat(200_000) })
  expect(JSON.parse(posted.body)).toMatchObject({ method: 'POST', body: 'x'.repeat(200_000) })
  const chunked = await stage.ask('/', {
    method: 'PUT',
    headers: { 'transfer-encoding': 'chunked' },
    body: 'abc',
  })
  expect(JSON.parse(chunked.body)).toMatchObject({ method: 'PUT', body: 'abc' })
})

test('rules are asked by priority, and each request of a connection by itself', async () => {
  const stage = await AlbStage.open()
  const [one, two] = await Promise.all([echo(stage, 'one'), echo(stage, 'two')])
  stage.group('arn:one', [one.ip])
  stage.group('arn:two', [two.ip])
  await stage.balance([
    { ...forwardTo('arn:two'), conditions: [{ kind: 'path', values: ['/two', '/two/*'] }] },
    { ...forwardTo('arn:one'), conditions: [{ kind: 'host', values: ['*.example.com'] }] },
    NOTHING,
  ])
  await stage.healthy('arn:one', 1)
  await stage.healthy('arn:two', 1)
  const named = async (path: string, host: string): Promise<unknown> => {
    const { status, body } = await stage.ask(path, { headers: { host } })
    return status === 200 ? (JSON.parse(body) as { name: string }).name : status
  }
  expect(await named('/two/x', 'app.example.com')).toBe('two')
  expect(await named('/twofold', 'app.example.com')).toBe('one')
  expect(await named('/', 'example.com')).toBe(404)
  const socket = stage.connect()
  socket.write(
    'GET /two HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  )
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404'])
})

describe('the load balancer answers itself', () => {
  test('with a fixed response', async () => {
    const stage = await AlbStage.open()
    const body = 'Backend service does not exist'
    await stage.balance([
      { ...NOTHING, action: { kind: 'fixed-response', status: 503, contentType: 'text/plain', body } },
    ])
    const answer = await stage.ask('/')
    expect(answer).toMatchObject({ status: 503, body })
    expect(answer.rawHeaders.filter((_, index) => index % 2 === 0)).toEqual([
      'Server',
      'Date',
      'Content-Type',
      'Content-Length',
      'Connection',
    ])
    expect(answer.headers).toMatchObject({
      server: 'awselb/2.0',
      'content-type': 'text/plain; charset=utf-8',
    })
  })

  test('with a redirect', async () => {
    const stage = await AlbStage.open()
    const redirect = {
      protocol: 'HTTPS',
      host: '#{host}',
      port: '443',
      path: '/#{path}',
      query: '#{query}',
    } as const
    await stage.balance([{ ...NOTHING, action: { kind: 'redirect', status: 301, ...redirect } }])
    const answer = await stage.ask('/a?b=c', { headers: { host: 'shop.example.com' } })
    expect(answer).toMatchObject({
      status: 301,
      body: pageOf(301),
      headers: { location: 'https://shop.example.com:443/a?b=c', 'content-length': '134' },
    })
  })

  test('503 without targets, 502 for one that hangs up, 405 for TRACE, 463 for a long way', async () => {
    const stage = await AlbStage.open()
    const { ip } = await stage.target((request, response) => {
      if (request.url === '/health') response.end()
      else request.socket.destroy()
    })
    stage.group('arn:empty', [])
    stage.group('arn:tg', [ip])
    await stage.balance([
      { ...forwardTo('arn:empty'), conditions: [{ kind: 'path', values: ['/empty'] }] },
      forwardTo('arn:tg'),
    ])
    await stage.healthy('arn:tg', 1)
    expect(await stage.ask('/empty')).toMatchObject({ status: 503, body: pageOf(503) })
    expect(await stage.ask('/')).toMatchObject({ status: 502, headers: { 'content-length': '122' } })
    expect(await stage.ask('/', { method: 'TRACE' })).toMatchObject({ status: 405 })
    const way = Array.from({ length: 31 }, (_, index) => `203.0.113.${index}`).join(', ')
    expect(await stage.ask('/', { headers: { 'x-forwarded-for': way } })).toMatchObject({
      status: 463,
      body: '',
    })
  })

  test('504 for a target that says nothing, 408 for a client that stops', async () => {
    const stage = await AlbStage.open()
    const { ip } = await stage.target((request, response) => {
      if (request.url === '/health') response.end()
    })
    stage.group('arn:tg', [ip])
    await stage.balance([forwardTo('arn:tg')], { settings: { idleTimeoutSeconds: 0.2 } })
    await stage.healthy('arn:tg', 1)
    expect(await stage.ask('/')).toMatchObject({ status: 504 })
    const socket = stage.connect()
    socket.write(`POST / HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 5\r\n\r\nab`)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1.1 408 Request Time-out\r\n/)
  })
})

test('what two servers may read in two ways goes no further', async () => {
  const stage = await single()
  const rows = [
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc`,
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost : a\r\n\r\n`,
    `G@T / HTTP/1.1\r\nHost: a\r\n\r\n`,
  ]
  for (const row of rows) {
    const socket = stage.connect()
    socket.write(row)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[^]*Connection: close/)
  }
})

test('an upgrade joins client and target', async () => {
  const stage = await AlbStage.open()
  const server = createServer((_request, response) => void response.end())
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\nhello')
    socket.pipe(socket)
  })
  const { ip } = await stage.target(server)
  stage.group('arn:tg', [ip])
  await stage.balance([forwardTo('arn:tg')])
  await stage.healthy('arn:tg', 1)
  const socket = stage.connect()
  socket.write(`GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nping`)
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.endsWith('ping')) break
  }
  expect(text).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n[^]*\r\n\r\nhelloping$/)
})

test('cookies keep a client at its target', async () => {
  const stage = await AlbStage.open()
  const targets = await Promise.all(['one', 'two', 'three'].map((name) => echo(stage, name)))
  stage.group(
    'arn:tg',
    targets.map(({ ip }) => ip),
    { requests: { ...REQUESTS, stickiness: { kind: 'lb_cookie', seconds: 60 } } },
  )
  await stage.balance([forwardTo('arn:tg')])
  await stage.healthy('arn:tg', 3)
  const first = await stage.ask('/')
  const [cookie = '', cors = ''] = first.headers['set-cookie'] ?? []
  expect(cookie).toMatch(/^AWSALB=[A-Za-z0-9+/]{124}; Expires=[^;]+ GMT; Path=\/$/)
  expect(cors).toMatch(/^AWSALBCORS=.*; Path=\/; SameSite=None; Secure$/)
  const name = (text: string): string => (JSON.parse(text) as { name: string }).name
  const names = new Set<string>()
  for (let count = 0; count < 6; count++) {
    const { body } = await stage.ask('/', { headers: { cookie: cookie.split(';')[0] ?? '' } })
    names.add(name(body))
  }
  expect([...names]).toEqual([name(first.body)])
})

test('a failing check says what was wrong', async () => {
  const stage = await AlbStage.open()
  const { ip } = await stage.target((_request, response) => {
    response.statusCode = 500
    response.end()
  })
  stage.group('arn:tg', [ip])
  await stage.balance([forwardTo('arn:tg')])
  await expect
    .poll(() => stage.plane.targetHealth('arn:tg'))
    .toEqual([
      {
        ip,
        port: 80,
        state: 'unhealthy',
        reason: 'Target.ResponseCodeMismatch',
        description: 'Health checks failed with these codes: [500]',
      },
    ])
  // Nobody is healthy, so everybody is asked.
  expect(await stage.ask('/')).toMatchObject({ status: 500 })
})

test.each(['HTTP', 'HTTPS'] as const)('the URL of a listener says that it speaks %s', async (protocol) => {
  const stage = await AlbStage.open()
  await stage.balance([NOTHING], { listener: { port: 8443, protocol } })
  const [address] = stage.plane.addresses('arn:alb')
  expect(address?.url).toMatch(protocol === 'HTTPS' ? /^https:/ : /^http:/)
})

describe('an upgrade', () => {
  async function answerTo(target: RequestListener | Server, idleTimeoutSeconds = 60): Promise<string> {
    const stage = await AlbStage.open()
    const { ip } = await stage.target(target)
    stage.group('arn:tg', [ip])
    await stage.balance([forwardTo('arn:tg')], {
      settings: { idleTimeoutSeconds },
      listener: { hasServerHeader: false, insertedHeaders: { 'X-Frame-Options': 'DENY' } },
    })
    const socket = stage.connect()
    socket.write(`GET / HTTP/1.1\r\nHost: ${NAME}\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n`)
    return Buffer.concat(await socket.toArray()).toString()
  }

  test('that the target breaks off is answered as any request', async () => {
    const server = createServer()
    server.on('upgrade', (_request, socket) => socket.destroy())
    const answer = await answerTo(server)
    expect(answer).toMatch(/^HTTP\/1.1 502 Bad Gateway\r\n/)
    expect(answer).toContain('\r\nX-Frame-Options: DENY\r\n')
    expect(answer).not.toContain('Server: awselb')
  })

  test('that the target does not answer is given up', async () => {
    const server = createServer()
    server.on('upgrade', () => undefined)
    expect(await answerTo(server, 0.1)).toMatch(/^HTTP\/1.1 504 Gateway Time-out\r\n/)
  })

  test('that the target does not agree to is answered with what it says', async () => {
    const answer = await answerTo((_request, response) => response.end('no'))
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    expect(answer).toContain('\r\nX-Frame-Options: DENY\r\n')
    expect(answer).toMatch(/\r\nConnection: close\r\n\r\nno$/)
  })
})
