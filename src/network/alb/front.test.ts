// HTTPS listeners towards their clients: certificates, security policies, HTTP/2.
import { once } from 'node:events'
import { createServer } from 'node:http'

import { beforeAll, describe, expect, test } from 'vitest'

import type { TlsCertificate, TlsPolicy } from '../tls/terminate.ts'
import type { HttpSettings } from './plan.ts'
import { AlbStage, forwardTo, NAME } from './testing/alb-stage.ts'
import { until } from '../testing/test-target.ts'
import { askHttp2, askHttps, http2Client, httpsListener, TestAuthority, tlsClient } from './testing/https.ts'

let authority: TestAuthority
let web: TlsCertificate
let wild: TlsCertificate

beforeAll(async () => {
  authority = await TestAuthority.create()
  web = await authority.issue('web.example.com')
  wild = await authority.issue('*.example.org', 'example.org')
})

const RES: TlsPolicy = {
  protocols: ['TLSv1.2', 'TLSv1.3'],
  ciphers: ['TLS_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
}

/** Says what it was asked, as JSON, and with which trailers. */
async function echoing(
  change: Parameters<AlbStage['balance']>[1] = { listener: httpsListener(web, wild) },
): Promise<AlbStage> {
  const stage = await AlbStage.open()
  const { ip } = await stage.target((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { method, url, httpVersion, headers, rawTrailers } = request
      response.writeHead(200, { 'Content-Type': 'application/json', 'Keep-Alive': 'timeout=5' })
      response.end(JSON.stringify({ method, url, httpVersion, headers, body, trailers: rawTrailers }))
    })
  })
  stage.group('arn:tg', [ip])
  await stage.balance([forwardTo('arn:tg')], change)
  await stage.healthy('arn:tg', 1)
  return stage
}

describe('an HTTPS listener', () => {
  test.each([
    ['web.example.com', 'web.example.com'],
    ['SHOP.example.org', '*.example.org'],
    ['example.org', '*.example.org'],
    ['a.shop.example.org', 'web.example.com'],
    ['nobody.example.net', 'web.example.com'],
    [undefined, 'web.example.com'],
  ])('serves a client that asks for %s with the certificate of %s', async (servername, subject) => {
    const stage = await echoing()
    const socket = await tlsClient(stage, {
      ca: authority.certificate,
      ...(servername === undefined ? { servername: '' } : { servername }),
    })
    expect(socket.getPeerCertificate().subject['CN']).toBe(subject)
    // The chain is sent along: the client trusts the authority alone.
    const isNamed = servername !== undefined && subject !== 'web.example.com'
    expect(socket.authorized).toBe(isNamed || servername === subject)
  })

  test('tells the target of HTTPS, its port and the client’s TLS', async () => {
    const stage = await echoing({
      listener: { ...httpsListener(web), tlsPolicy: RES },
      settings: { hasTlsHeaders: true },
    })
    const { status, body } = await askHttps(stage, '/a?b', 'web.example.com')
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({
      url: '/a?b',
      headers: {
        host: 'web.example.com',
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '443',
        'x-amzn-tls-version': 'TLSv1.3',
        'x-amzn-tls-cipher-suite': 'TLS_AES_128_GCM_SHA256',
      },
    })
  })

  test('names ciphers of TLS 1.2 as OpenSSL does', async () => {
    const stage = await echoing({
      listener: { ...httpsListener(web), tlsPolicy: { ...RES, protocols: ['TLSv1.2'] } },
      settings: { hasTlsHeaders: true },
    })
    const { body } = await askHttps(stage, '/', 'web.example.com')
    expect(JSON.parse(body)).toMatchObject({
      headers: { 'x-amzn-tls-cipher-suite': 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    })
  })

  test('serves with the certificates of now', async () => {
    const stage = await echoing({ listener: httpsListener(web) })
    await stage.balance([forwardTo('arn:tg')], { listener: httpsListener(wild) })
    const socket = await tlsClient(stage, { servername: 'web.example.com' })
    expect(socket.getPeerCertificate().subject['CN']).toBe('*.example.org')
  })
})

describe('the security policy of an HTTPS listener', () => {
  const listener = (tlsPolicy: TlsPolicy) => ({ listener: { ...httpsListener(web, wild), tlsPolicy } })

  test('names the protocols, whichever certificate is asked for', async () => {
    const stage = await echoing(listener({ ...RES, protocols: ['TLSv1.3'] }))
    for (const servername of ['web.example.com', 'shop.example.org', 'nobody.example.net']) {
      const socket = await tlsClient(stage, { servername })
      expect(socket.getProtocol()).toBe('TLSv1.3')
      await expect(tlsClient(stage, { servername, maxVersion: 'TLSv1.2' })).rejects.toThrow(
        /protocol version/,
      )
    }
  })

  test('names the ciphers, and which one is preferred', async () => {
    const ciphers = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256']
    const stage = await echoing(listener({ protocols: ['TLSv1.2'], ciphers }))
    for (const servername of ['web.example.com', 'shop.example.org']) {
      const socket = await tlsClient(stage, { servername, ciphers: [...ciphers].reverse().join(':') })
      expect(socket.getCipher().name).toBe(ciphers[0])
      const other = { servername, ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' } as const
      await expect(tlsClient(stage, other)).rejects.toThrow(/handshake failure/)
    }
  })

  test('lets in old clients when it is an old one', async () => {
    const old: TlsPolicy = { protocols: ['TLSv1', 'TLSv1.1'], ciphers: ['ECDHE-ECDSA-AES128-SHA'] }
    const stage = await echoing(listener(old))
    const socket = await tlsClient(stage, {
      servername: 'shop.example.org',
      minVersion: 'TLSv1',
      ciphers: 'ALL:@SECLEVEL=0',
    })
    expect(socket.getProtocol()).toBe('TLSv1.1')
  })

  test('has effect as soon as it is changed', async () => {
    const stage = await echoing(listener(RES))
    const client = { servername: 'web.example.com', maxVersion: 'TLSv1.2' } as const
    expect((await tlsClient(stage, client)).getProtocol()).toBe('TLSv1.2')
    await stage.balance([forwardTo('arn:tg')], listener({ ...RES, protocols: ['TLSv1.3'] }))
    await expect(tlsClient(stage, client)).rejects.toThrow(/protocol version/)
  })
})

describe('HTTP/2 at an HTTPS listener', () => {
  test('becomes HTTP/1.1 towards the target', async () => {
    const session = await http2Client(await echoing(), 'web.example.com')
    const { status, headers, body } = await askHttp2(session, {
      ':path': '/a?b=c',
      cookie: ['a=1', 'b=2'],
      'x-own': 'yes',
    })
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('connection')
    expect(headers).not.toHaveProperty('keep-alive')
    expect(headers).not.toHaveProperty('transfer-encoding')
    expect(headers).toMatchObject({ 'content-type': 'application/json' })
    expect(JSON.parse(body)).toMatchObject({
      method: 'GET',
      url: '/a?b=c',
      httpVersion: '1.1',
      headers: {
        host: 'web.example.com',
        cookie: 'a=1; b=2',
        'x-own': 'yes',
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '443',
      },
    })
  })

  test('carries bodies and trailers of many streams at once', async () => {
    const session = await http2Client(await echoing(), 'web.example.com')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        askHttp2(
          session,
          { ':method': 'POST', ':path': `/${index}` },
          { body: `${index}`.repeat(50_000), trailers: { 'x-sum': String(index) } },
        ),
      ),
    )
    for (const [index, { status, body }] of answers.entries()) {
      expect(status).toBe(200)
      expect(JSON.parse(body)).toMatchObject({
        url: `/${index}`,
        body: `${index}`.repeat(50_000),
        trailers: ['x-sum', String(index)],
      })
    }
  })

  test('gets the load balancer’s own answers, and one to HEAD has no body', async () => {
    const stage = await AlbStage.open()
    const body = 'nothing here'
    const action = { kind: 'fixed-response', status: 404, contentType: 'text/plain', body } as const
    await stage.balance([{ conditions: [], transforms: [], action }], { listener: httpsListener(web) })
    const session = await http2Client(stage, 'web.example.com')
    expect(await askHttp2(session, { ':path': '/' })).toMatchObject({
      status: 404,
      body,
      headers: { server: 'awselb/2.0', 'content-length': '12' },
    })
    expect(await askHttp2(session, { ':path': '/', ':method': 'HEAD' })).toMatchObject({
      status: 404,
      body: '',
    })
  })

  test('gets 504 from a target that says nothing, and the connection goes on', async () => {
    const stage = await AlbStage.open()
    const { ip } = await stage.target(
      createServer((request, response) => {
        if (request.url !== '/silent') response.end('said')
      }),
    )
    stage.group('arn:tg', [ip])
    await stage.balance([forwardTo('arn:tg')], {
      listener: httpsListener(web),
      settings: { idleTimeoutSeconds: 0.2 },
    })
    await stage.healthy('arn:tg', 1)
    const session = await http2Client(stage, 'web.example.com')
    expect(await askHttp2(session, { ':path': '/silent' })).toMatchObject({ status: 504 })
    expect(await askHttp2(session, { ':path': '/' })).toMatchObject({ status: 200, body: 'said' })
  })

  test('ends with a connection that nothing is asked on', async () => {
    const stage = await echoing({ listener: httpsListener(web), settings: { idleTimeoutSeconds: 0.1 } })
    const session = await http2Client(stage, 'web.example.com')
    expect(await askHttp2(session, { ':path': '/' })).toMatchObject({ status: 200 })
    await until('the connection has ended', () => session.closed)
  })

  test.each<[string, Partial<HttpSettings>, number]>([
    ['of its 10,000th request', {}, 19_999],
    ['of the first request after its time', { keepAliveSeconds: 0 }, 1],
  ])('ends with the answer %s', async (_, settings, streamId) => {
    const stage = await echoing({ listener: httpsListener(web), settings })
    const session = await http2Client(stage, 'web.example.com')
    await once(session, 'remoteSettings')
    // Not in its types.
    ;(session as unknown as { setNextStreamID(id: number): void }).setNextStreamID(streamId)
    const left = once(session, 'goaway')
    expect(await askHttp2(session, { ':path': '/' })).toMatchObject({ status: 200 })
    expect((await left).slice(0, 2)).toEqual([0, streamId])
    await until('the connection has ended', () => session.closed)
  })

  test('is not spoken where it is turned off, nor without TLS', async () => {
    const stage = await echoing({ listener: httpsListener(web), settings: { isHttp2Enabled: false } })
    const socket = await tlsClient(stage, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect(socket.alpnProtocol).toBe('http/1.1')
    const plain = await echoing({})
    const bare = plain.connect()
    bare.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    let text = ''
    for await (const chunk of bare) text += String(chunk)
    expect(text).toMatch(/^HTTP\/1.1 400/)
    expect(await plain.ask('/', { headers: { host: NAME } })).toMatchObject({ status: 200 })
  })
})

test('a client that never ends its body has its stream ended behind the answer', async () => {
  const stage = await AlbStage.open()
  const { ip } = await stage.target((request, response) => {
    if (request.url === '/health') return void response.end()
    response.writeHead(200, { trailer: 'x-sum' })
    response.write('early')
    response.addTrailers({ 'x-sum': '7' })
    response.end()
  })
  stage.group('arn:tg', [ip])
  await stage.balance([forwardTo('arn:tg')], { listener: httpsListener(web) })
  await stage.healthy('arn:tg', 1)
  const client = await http2Client(stage, 'web.example.com')
  const stream = client.request({ ':method': 'POST', ':path': '/' })
  stream.write('a beginning')
  let body = ''
  let trailers: Record<string, unknown> = {}
  stream.on('data', (chunk: Buffer) => (body += chunk.toString()))
  stream.on('trailers', (behind) => (trailers = behind))
  await new Promise((resolve) => stream.once('close', resolve))
  expect({ body, code: stream.rstCode, sum: trailers['x-sum'] }).toEqual({ body: 'early', code: 0, sum: '7' })
})
