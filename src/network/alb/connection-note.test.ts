// Connection logs of real connections: what is told of each, and that it is told once.
import { beforeAll, expect, test } from 'vitest'

import { until } from '../testing/test-target.ts'
import { ClientAuthority } from '../tls/testing/client-authority.ts'
import type { TlsCertificate } from '../tls/terminate.ts'
import type { AccessEntry } from './access-entry.ts'
import type { ConnectionEntry } from './connection-entry.ts'
import type { ApplicationListener } from './plan.ts'
import { AlbStage, forwardTo, NAME } from './testing/alb-stage.ts'
import { askHttps, httpsListener, TestAuthority, tlsClient } from './testing/https.ts'

let web: TlsCertificate
let root: ClientAuthority

beforeAll(async () => {
  web = await (await TestAuthority.create()).issue('web.example.com')
  root = await ClientAuthority.create('root')
})

async function logging(listener: Partial<ApplicationListener> = {}) {
  const stage = await AlbStage.open()
  const { ip } = await stage.target((_, response) => response.end())
  stage.group('arn:tg', [ip])
  const entries: ConnectionEntry[] = []
  const requests: AccessEntry[] = []
  await stage.balance([forwardTo('arn:tg')], {
    listener,
    log: (entry) => requests.push(entry),
    connectionLog: (entry) => entries.push(entry),
  })
  await stage.healthy('arn:tg', 1)
  return { stage, entries, requests }
}

const verify = (): Partial<ApplicationListener> => ({
  ...httpsListener(web),
  clientCertificates: {
    mode: 'verify',
    trust: {
      authorities: [root.certificate],
      revocations: [],
      isIgnoringExpiry: false,
      isAdvertising: false,
    },
  },
})

test('a connection without TLS is told of with the id that its requests have', async () => {
  const { stage, entries, requests } = await logging()
  await stage.ask('/', { headers: { host: NAME } })
  await until('the request is logged', () => requests.length > 0)
  expect(entries).toEqual([
    {
      atMs: expect.any(Number),
      clientIp: '127.0.0.1',
      clientPort: requests[0]?.clientPort,
      listenerPort: 80,
      connectionId: requests[0]?.connectionId,
    },
  ])
})

test('one with TLS is told of with its protocol and how long the handshake took', async () => {
  const { stage, entries } = await logging(httpsListener(web))
  await askHttps(stage, '/', 'web.example.com')
  expect(entries).toMatchObject([
    {
      listenerPort: 443,
      tls: { version: 'TLSv1.3' },
      handshakeMs: expect.any(Number),
      status: 'Success',
    },
  ])
  expect(entries[0]).not.toHaveProperty('certificate')
})

test('a client that shows a certificate is named', async () => {
  const { stage, entries } = await logging(verify())
  await tlsClient(stage, { servername: 'web.example.com', ...(await root.issue('app')) })
  await until('it is logged', () => entries.length > 0)
  expect(entries).toMatchObject([
    {
      status: 'Success',
      certificate: {
        subject: expect.stringMatching(/^CN=app,/),
        validity: expect.stringMatching(/^NotBefore=\d{4}-.*Z;NotAfter=\d{4}-.*Z$/),
        serialNumber: expect.stringMatching(/^[0-9A-F]+$/),
      },
    },
  ])
})

test('a client that is sent away is told of with the reason', async () => {
  const { stage, entries } = await logging(verify())
  const other = await ClientAuthority.create('other')
  await tlsClient(stage, { servername: 'web.example.com', ...(await other.issue('app')) })
  await until('it is logged', () => entries.length > 0)
  expect(entries).toMatchObject([
    { status: 'ClientCertUntrusted', certificate: { serialNumber: expect.any(String) } },
  ])
  expect(entries[0]).not.toHaveProperty('handshakeMs')
})

test('what is no TLS has failed', async () => {
  const { stage, entries } = await logging(httpsListener(web))
  stage.connect().end('GET / HTTP/1.1\r\n\r\n')
  await until('it is logged', () => entries.length > 0)
  expect(entries).toMatchObject([{ status: 'UnmappedConnectionError' }])
  expect(entries[0]).not.toHaveProperty('tls')
})
