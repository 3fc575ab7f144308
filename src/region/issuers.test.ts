import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { get, type RequestOptions } from 'node:https'
import { createServer } from 'node:net'
import { connect } from 'node:tls'

import { decodeProtectedHeader, importJWK, jwtVerify, type JWK } from 'jose'
import { expect, it, onTestFinished } from 'vitest'

import type { KeyPair } from '../base/certificate-authority.ts'
import { systemClock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import { createServiceAccountKeys } from '../kubernetes/server/certificates.ts'
import { ServiceAccountTokens } from '../kubernetes/server/service-account-tokens.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { ensureAuthority } from './authority.ts'
import { startIssuers, type Issuers } from './issuers.ts'

const keys = await createServiceAccountKeys()
const sources = { clock: systemClock, ids: randomIds }

async function start(
  store = createMemoryStore(),
  port = 0,
): Promise<{ issuers: Issuers; authority: KeyPair }> {
  const authority = await ensureAuthority({ ...sources, store })
  const issuers: Issuers = await startIssuers({
    ...sources,
    store,
    authority,
    port,
    issuerKey: (issuer) => (issuer.endsWith('/id/ABC') ? keys.publicKey : undefined),
  })
  return { issuers, authority }
}

async function ask(url: string, options: RequestOptions): Promise<{ status: number; body: unknown }> {
  const [response] = await once(get(url, options), 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) }
}

it('publishes by which keys the tokens of a cluster are verified', async () => {
  const { issuers, authority } = await start()
  onTestFinished(() => issuers.close())
  const issuer = `${issuers.url}/id/ABC`
  const ca = authority.cert
  const { body: document } = await ask(`${issuer}/.well-known/openid-configuration`, { ca })
  expect(document).toMatchObject({ issuer, jwks_uri: `${issuer}/keys` })
  const { body } = await ask((document as { jwks_uri: string }).jwks_uri, { ca })
  const [key] = (body as { keys: readonly JWK[] }).keys
  const tokens = await ServiceAccountTokens.load({ ...sources, issuer, keys, isAlive: () => true })
  const { token } = await tokens.issue({ namespace: 'a', name: 'b', uid: 'c' }, ['sts.amazonaws.com'], 600)
  expect(decodeProtectedHeader(token).kid).toBe(key?.kid)
  const { payload } = await jwtVerify(token, await importJWK(key ?? {}, 'RS256'), { issuer })
  expect(payload.sub).toBe('system:serviceaccount:a:b')
})

it('knows no other paths', async () => {
  const { issuers, authority } = await start()
  onTestFinished(() => issuers.close())
  for (const path of ['/', '/id/ABC', '/id/XYZ/keys', '/id/ABC/keys/x', '/id/ABC/keys?a=1']) {
    expect((await ask(issuers.url + path, { ca: authority.cert })).status, path).toBe(404)
  }
})

it('presents the certificate of its authority last', async () => {
  const { issuers, authority } = await start()
  onTestFinished(() => issuers.close())
  const port = Number(new URL(issuers.url).port)
  const socket = connect({ host: '127.0.0.1', port, ca: authority.cert })
  await once(socket, 'secureConnect')
  const { issuerCertificate } = socket.getPeerCertificate(true)
  expect(issuerCertificate.fingerprint256).toBe(new X509Certificate(authority.cert).fingerprint256)
  socket.destroy()
})

it('takes another port the first time when its own is taken, and keeps it ever after', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const { port } = other.address() as { port: number }
  const store = createMemoryStore()
  const first = await start(store, port)
  expect(first.issuers.url).not.toContain(`:${port}`)
  await first.issuers.close()
  const second = await start(store, 0)
  expect(second).toMatchObject({ issuers: { url: first.issuers.url }, authority: first.authority })
  await expect(start(store, 0)).rejects.toMatchObject({
    message: `the OIDC issuers of this region cannot listen on ${first.issuers.url.slice('https://'.length)}`,
  })
  await second.issuers.close()
})
