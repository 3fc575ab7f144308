// Mutual TLS of HTTPS listeners, by real handshakes: who comes in, and what targets are told of them.
import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import type { ConnectionOptions } from 'node:tls'

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { ClientAuthority, type ClientIdentity } from '../tls/testing/client-authority.ts'
import type { ClientCertificates, ClientTrust } from '../tls/client-trust.ts'
import type { TlsCertificate } from '../tls/terminate.ts'
import { AlbStage, forwardTo } from './testing/alb-stage.ts'
import { askHttp2, http2Client, httpsListener, TestAuthority, tlsClient } from './testing/https.ts'

const NAME = 'web.example.com'
let web: TlsCertificate
let root: ClientAuthority
let app: ClientIdentity

beforeAll(async () => {
  const authority = await TestAuthority.create()
  web = await authority.issue(NAME)
  root = await ClientAuthority.create('root')
  app = await root.issue('app')
})

function verify(change: Partial<ClientTrust> = {}): ClientCertificates {
  const trust = {
    authorities: [root.certificate],
    revocations: [],
    isIgnoringExpiry: false,
    isAdvertising: false,
  }
  return { mode: 'verify', trust: { ...trust, ...change } }
}

/** A load balancer whose target answers with the headers that it got. */
async function balanced(
  clientCertificates: ClientCertificates,
  renamedHeaders: Readonly<Record<string, string>> = {},
): Promise<AlbStage> {
  const stage = await AlbStage.open()
  const { ip } = await stage.target(({ headers }, response) => response.end(JSON.stringify(headers)))
  stage.group('arn:tg', [ip])
  await stage.balance([forwardTo('arn:tg')], {
    listener: { ...httpsListener(web), clientCertificates, renamedHeaders },
  })
  await stage.healthy('arn:tg', 1)
  return stage
}

/** What the target was sent; refused when the connection ended before an answer. */
async function asked(
  stage: AlbStage,
  client: ConnectionOptions,
  sent: Record<string, string> = {},
): Promise<Record<string, string> | 'refused'> {
  const socket = await tlsClient(stage, { servername: NAME, ...client })
  return await new Promise((resolve) => {
    const asking = request({ headers: { host: NAME, ...sent }, createConnection: () => socket }, (answer) => {
      let body = ''
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
      // The target answers with its headers.
      answer.on('end', () => resolve(JSON.parse(body) as Record<string, string>))
    })
    asking.on('error', () => resolve('refused'))
    asking.end()
  })
}

/** What the load balancer has sent until the handshake was over. */
async function overheard(stage: AlbStage, options: ConnectionOptions): Promise<string> {
  const server = createServer((client) => {
    const onward = stage.connect()
    onward.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
    client.pipe(onward).pipe(client)
    client.on('error', () => onward.destroy())
  })
  let heard = ''
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  // A server that listens on a port has an address of this shape.
  await tlsClient(stage, { ...options, port: (server.address() as AddressInfo).port })
  return heard
}

const keyOf = ({ cert, key }: ClientIdentity): ConnectionOptions => ({ cert, key })
const ofClient = (headers: Record<string, string> | 'refused'): [string, string][] =>
  Object.entries(headers).filter(([name]) => name.includes('clientcert'))

describe('verify', () => {
  test('tells the target who the client is, and never what the client says itself', async () => {
    const stage = await balanced(verify())
    const headers = await asked(stage, keyOf(app), { 'x-amzn-mtls-clientcert-subject': 'CN=admin' })
    const own = new X509Certificate(app.cert)
    expect(Object.fromEntries(ofClient(headers))).toEqual({
      'x-amzn-mtls-clientcert-serial-number': app.serialNumber.toUpperCase(),
      'x-amzn-mtls-clientcert-issuer': 'CN=root,O=Example,C=US',
      'x-amzn-mtls-clientcert-subject': 'CN=app,OU=a\\, b,O=Example,C=US',
      'x-amzn-mtls-clientcert-validity': expect.stringMatching(
        /^NotBefore=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ;NotAfter=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      ) as string,
      'x-amzn-mtls-clientcert-leaf': expect.stringMatching(
        /^-----BEGIN%20CERTIFICATE-----%0AMII[^ %]*%0A/,
      ) as string,
    })
    const leaf = headers === 'refused' ? '' : (headers['x-amzn-mtls-clientcert-leaf'] ?? '')
    expect(new X509Certificate(decodeURIComponent(leaf)).fingerprint256).toBe(own.fingerprint256)
  })

  test('sends away who has no certificate, and who has one of somebody else', async () => {
    const stage = await balanced(verify())
    expect(await asked(stage, {})).toBe('refused')
    const stranger = await ClientAuthority.create('root')
    expect(await asked(stage, keyOf(await stranger.issue('app')))).toBe('refused')
    expect(await asked(stage, keyOf(await root.issue('old', { days: -1 })))).toBe('refused')
  })

  test('follows the trust store: what is revoked comes in no more', async () => {
    const revocations = [{ issuer: 'C=US, O=Example, CN=root', serialNumbers: [app.serialNumber] }]
    expect(await asked(await balanced(verify({ revocations })), keyOf(app))).toBe('refused')
  })

  test('works for HTTP/2', async () => {
    const stage = await balanced(verify())
    const session = await http2Client(stage, NAME, keyOf(app))
    const { body } = await askHttp2(session, { ':path': '/', ':authority': NAME })
    expect(body).toContain('"x-amzn-mtls-clientcert-subject":"CN=app')
  })

  test.each([true, false])('advertises the names of the authorities: %s', async (isAdvertising) => {
    const stage = await balanced(verify({ isAdvertising }))
    // TLS 1.2 asks for the certificate in the clear.
    const heard = await overheard(stage, { servername: NAME, ...keyOf(app), maxVersion: 'TLSv1.2' })
    expect([heard.includes('web.example.com'), heard.includes('Example')]).toEqual([true, isAdvertising])
  })
})

describe('passthrough', () => {
  test('tells the whole chain, unverified, and lets in who has none', async () => {
    const stage = await balanced({ mode: 'passthrough' })
    const stranger = await ClientAuthority.create('between', await ClientAuthority.create('unknown'))
    const [[name, value] = ['', '']] = ofClient(await asked(stage, keyOf(await stranger.issue('app'))))
    expect(name).toBe('x-amzn-mtls-clientcert')
    expect(decodeURIComponent(value).match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
    expect(ofClient(await asked(stage, {}, { 'x-amzn-mtls-clientcert': 'forged' }))).toEqual([])
  })
})

test('each request of a connection of HTTP/2 tells the whole chain', async () => {
  const stage = await balanced({ mode: 'passthrough' })
  const stranger = await ClientAuthority.create('between', await ClientAuthority.create('unknown'))
  const session = await http2Client(stage, NAME, keyOf(await stranger.issue('app')))
  for (const path of ['/first', '/second']) {
    const { body } = await askHttp2(session, { ':path': path, ':authority': NAME })
    expect(decodeURIComponent(body).match(/BEGIN CERTIFICATE/g)).toHaveLength(2)
  }
})

test('headers have the names that the listener gives them, and clients cannot send those', async () => {
  const stage = await balanced(verify(), { 'x-amzn-mtls-clientcert-subject': 'X-Client-Clientcert' })
  const headers = await asked(stage, keyOf(app), { 'x-client-clientcert': 'CN=admin' })
  expect(headers).toMatchObject({ 'x-client-clientcert': 'CN=app,OU=a\\, b,O=Example,C=US' })
  expect(headers).not.toHaveProperty('x-amzn-mtls-clientcert-subject')
})
