// Tests calls of webhooks against a real TLS server, in the words that Kubernetes has for what goes wrong.
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createAuthority, issueServerCertificate } from '../../../base/certificate-authority.ts'
import { systemClock } from '../../../base/clock.ts'
import { randomIds } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { createMemoryStore } from '../../../store/memory-store.ts'
import { endpointSlices, namespaces, services } from '../../client/resources.ts'
import { Storage } from '../../registry/storage.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { startTlsServer, type TlsServer } from '../testing/tls-server.ts'
import { OutboundError } from './go-words.ts'
import { Outbound } from './outbound.ts'
import { callWebhook, statusWords, type WebhookClientConfig } from './webhook.ts'

const store = createMemoryStore()
const outbound = new Outbound({
  storage: new Storage(store, '/test/'),
  network: {
    async dial(ip, port) {
      if (ip === '10.9.9.9') throw Object.assign(new Error('unreachable'), { code: 'EHOSTUNREACH' })
      const socket = connect({ host: '127.0.0.1', port })
      await once(socket, 'connect')
      return socket
    },
  },
  clock: systemClock,
  ids: randomIds,
})
let server: TlsServer
let api: ApiFixture

beforeAll(async () => {
  server = await startTlsServer(
    ({ url, body }, response) => {
      const path = url.split('?')[0]
      if (path === '/slow') return
      if (path === '/hangup') return void response.destroy()
      if (path === '/moved') return void response.writeHead(307, { location: '/echo' }).end()
      response.statusCode = path === '/500' ? 500 : path === '/404' ? 404 : 200
      response.setHeader('content-type', 'application/json')
      if (path === '/garbage') return void response.end('"text"')
      if (path === '/xml') return void response.end('<a/>')
      if (path === '/empty') return void response.end()
      response.end(JSON.stringify({ echo: JSON.parse(body) as unknown }))
    },
    ['hook.wh.svc'],
  )
  api = await createApiFixture({ store, storePrefix: '/test/', log: silentLog })
})

afterAll(async () => {
  outbound.close()
  await api.server.close()
  await server[Symbol.asyncDispose]()
})

const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: {} }
const call = (config: WebhookClientConfig, timeoutSeconds = 2): Promise<unknown> =>
  callWebhook(outbound, { config, body: review, timeoutSeconds, userAgent: 'kube-apiserver-admission' })
const byUrl = (path: string, more: Partial<WebhookClientConfig> = {}): WebhookClientConfig => ({
  url: `https://127.0.0.1:${server.port}${path}`,
  caBundle: server.caBundle,
  ...more,
})

async function withPort<T>(
  listen: ReturnType<typeof createServer>,
  use: (port: number) => Promise<T>,
): Promise<T> {
  listen.listen(0, '127.0.0.1')
  await once(listen, 'listening')
  try {
    return await use((listen.address() as AddressInfo).port)
  } finally {
    listen.close()
  }
}

describe('a webhook by its URL', () => {
  it('is posted the body, told the time, and asked on one kept connection', async () => {
    const before = server.connections
    for (let i = 0; i < 5; i += 1) expect(await call(byUrl('/echo'))).toEqual({ echo: review })
    expect(server.connections - before).toBe(1)
    expect(server.received.at(-1)).toMatchObject({
      method: 'POST',
      url: '/echo?timeout=2s',
      headers: {
        host: `127.0.0.1:${server.port}`,
        accept: 'application/json, */*',
        'content-type': 'application/json',
        'user-agent': 'kube-apiserver-admission',
      },
    })
  })

  it('may have a certificate for its address alone', async () => {
    const sources = { clock: systemClock, ids: randomIds }
    const authority = await createAuthority('webhooks', sources)
    const listen = createHttpsServer(
      await issueServerCertificate(authority, ['127.0.0.1'], sources),
      (_request, response) => response.end('{}'),
    )
    const caBundle = Buffer.from(authority.cert).toString('base64')
    await withPort(listen, async (port) => {
      expect(await call({ url: `https://127.0.0.1:${port}/`, caBundle })).toEqual({})
    })
  })

  it.each([
    ['/500', 'an error on the server ("unknown") has prevented the request from succeeding'],
    ['/404', 'the server could not find the requested resource'],
    [
      '/garbage',
      'couldn\'t get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
    ],
    [
      '/xml',
      "couldn't get version/kind; json parse error: invalid character '<' looking for beginning of value",
    ],
    ['/empty', '0-length response with status code: 200 and content type: application/json'],
  ])('that answers %s is quoted', async (path, message) => {
    await expect(call(byUrl(path))).rejects.toThrow(new OutboundError(message))
  })

  it('that does not answer in time is given up', async () => {
    await expect(call(byUrl('/slow'), 1)).rejects.toThrow(
      new OutboundError(`Post "https://127.0.0.1:${server.port}/slow?timeout=1s": context deadline exceeded`),
    )
  })

  it('that hangs up is at an end', async () => {
    await expect(call(byUrl('/hangup'))).rejects.toThrow(
      new OutboundError(`Post "https://127.0.0.1:${server.port}/hangup?timeout=2s": EOF`),
    )
  })

  it('whose authority is another one is not believed', async () => {
    const other = await startTlsServer(() => undefined)
    await using _ = other
    await expect(call(byUrl('/echo', { caBundle: other.caBundle }))).rejects.toThrow(
      new OutboundError(
        `Post "https://127.0.0.1:${server.port}/echo?timeout=2s": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      ),
    )
  })

  it('whose bundle is no PEM cannot be called', async () => {
    const caBundle = Buffer.from('garbage').toString('base64')
    await expect(call(byUrl('/echo', { caBundle }))).rejects.toThrow(
      /unable to load root certificates: unable to parse bytes as PEM block$/,
    )
  })

  it('on a port where nobody listens is refused', async () => {
    const port = await withPort(createServer(), async (free) => free)
    await expect(call({ url: `https://127.0.0.1:${port}/x` })).rejects.toThrow(
      new OutboundError(
        `Post "https://127.0.0.1:${port}/x?timeout=2s": dial tcp 127.0.0.1:${port}: connect: connection refused`,
      ),
    )
  })

  it('that speaks plain HTTP is named as that', async () => {
    await withPort(createHttpServer(), async (port) => {
      await expect(call({ url: `https://127.0.0.1:${port}/x` })).rejects.toThrow(
        new OutboundError(
          `Post "https://127.0.0.1:${port}/x?timeout=2s": http: server gave HTTP response to HTTPS client`,
        ),
      )
    })
  })
})

describe('a webhook behind a Service', () => {
  const at = (name: string, port = 443): WebhookClientConfig => ({
    service: { namespace: 'wh', name, path: '/echo', port },
    caBundle: server.caBundle,
  })

  beforeAll(async () => {
    const { client } = api
    await client.create(namespaces, { metadata: { name: 'wh' }, spec: {} })
    const service = (name: string, more: object = {}) =>
      client.create(services, {
        metadata: { name, namespace: 'wh' },
        spec: { ports: [{ name: 'https', port: 443, targetPort: 9443, protocol: 'TCP' }], ...more },
      })
    const slice = (name: string, ip: string, ready = true) =>
      client.create(endpointSlices, {
        metadata: { name: `${name}-1`, namespace: 'wh', labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [ip], conditions: { ready } }],
        ports: [{ name: 'https', port: server.port, protocol: 'TCP' }],
      })
    await Promise.all([
      service('hook'),
      service('other'),
      service('gone'),
      service('unready'),
      service('none'),
    ])
    await service('out', { type: 'ExternalName', externalName: 'example.com', ports: undefined })
    await Promise.all([slice('hook', '10.0.0.1'), slice('other', '10.0.0.1')])
    await Promise.all([slice('gone', '10.9.9.9'), slice('unready', '10.0.0.1', false)])
  })

  it('is called at a ready endpoint, by the name of the Service', async () => {
    expect(await call(at('hook'))).toEqual({ echo: review })
    expect(server.received.at(-1)?.headers.host).toBe('hook.wh.svc:443')
  })

  it('stays behind it where it leads on', async () => {
    const moved = at('hook')
    const service = { ...moved.service!, path: '/moved' }
    expect(await call({ ...moved, service })).toEqual({ echo: review })
    expect(server.received.slice(-2).map(({ url }) => url.split('?')[0])).toEqual(['/moved', '/echo'])
  })

  it.each([
    ['nope', 443, 'service "nope" not found'],
    ['hook', 8443, 'no service port 8443 found for service "hook"'],
    ['none', 443, 'no endpoints available for service "none"'],
    ['unready', 443, 'no endpoints available for service "unready"'],
    ['out', 443, 'unsupported service type "ExternalName"'],
  ])('%s:%i cannot be reached', async (name, port, message) => {
    await expect(call(at(name, port))).rejects.toThrow(
      new OutboundError(`Post "https://${name}.wh.svc:${port}/echo?timeout=2s": ${message}`),
    )
  })

  it('whose endpoint is nowhere says which address', async () => {
    await expect(call(at('gone'))).rejects.toThrow(
      new OutboundError(
        `Post "https://gone.wh.svc:443/echo?timeout=2s": dial tcp 10.9.9.9:${server.port}: connect: no route to host`,
      ),
    )
  })

  it('must have a certificate for the name of the Service', async () => {
    await expect(call(at('other'))).rejects.toThrow(
      /tls: failed to verify certificate: x509: certificate is valid for localhost, kubernetes, .*hook\.wh\.svc, not other\.wh\.svc$/,
    )
  })
})

describe('a status without a Status', () => {
  it.each([
    [403, 'no way', 'text/plain', 'no way'],
    [406, '', undefined, 'the server was unable to respond with a content type that the client supports'],
    [
      418,
      'x',
      'text/plain',
      'the server responded with the status code 418 but did not return more information',
    ],
    [503, 'x', 'text/plain', 'the server is currently unable to handle the request'],
    [501, ' said ', 'text/html', 'an error on the server ("said") has prevented the request from succeeding'],
  ])('%i reads as client-go has it', (code, body, type, message) => {
    expect(statusWords(code, body, type)).toBe(message)
  })
})
