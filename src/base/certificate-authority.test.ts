import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'

import * as x509 from '@peculiar/x509'
import { expect, it, onTestFinished } from 'vitest'

import { createAuthority, issueServerCertificate, type KeyPair } from './certificate-authority.ts'
import { systemClock } from './clock.ts'
import { randomIds } from './ids.ts'

const sources = { clock: systemClock, ids: randomIds }

/** How a client that trusts `ca` alone ends its handshake with a server of `pair`. */
async function handshake(pair: KeyPair, { ca, name }: { ca: string; name: string }): Promise<string> {
  const server = createServer(pair)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const socket = connect({ host: '127.0.0.1', port, ca, servername: name })
  try {
    await once(socket, 'secureConnect')
    return 'trusted'
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    socket.destroy()
  }
}

it('gives servers certificates that those who trust the authority take, for their names alone', async () => {
  const authority = await createAuthority('Test', sources)
  const other = await createAuthority('Test', sources)
  const pair = await issueServerCertificate(authority, ['sts.example.test', '127.0.0.1'], sources)
  expect(await handshake(pair, { ca: authority.cert, name: 'sts.example.test' })).toBe('trusted')
  expect(await handshake(pair, { ca: authority.cert, name: 'eks.example.test' })).toBe(
    'ERR_TLS_CERT_ALTNAME_INVALID',
  )
  expect(await handshake(pair, { ca: other.cert, name: 'sts.example.test' })).not.toBe('trusted')
  const certificate = new X509Certificate(pair.cert)
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(certificate.ca).toBe(false)
})

// What another reader of certificates makes of them: each field where RFC 5280 has it.
it('writes what others read', async () => {
  const authority = await createAuthority('Näher', sources)
  const names = ['sts.example.test', '127.0.0.1', '2001:db8::1'] as const
  const ca = new x509.X509Certificate(authority.cert)
  expect(ca.subject).toBe('CN=Näher')
  expect(ca.issuer).toBe('CN=Näher')
  expect(await ca.verify({ publicKey: ca.publicKey })).toBe(true)
  expect(ca.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: true, critical: true })
  expect(ca.getExtension(x509.KeyUsagesExtension)).toMatchObject({
    usages: x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign,
    critical: true,
  })
  const keyId = ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId
  expect(keyId).toBe(Buffer.from(await ca.publicKey.getKeyIdentifier()).toString('hex'))

  const pair = await issueServerCertificate(authority, names, sources)
  const server = new x509.X509Certificate(pair.cert)
  expect(server.subject).toBe('CN=sts.example.test')
  expect(await server.verify({ publicKey: ca.publicKey })).toBe(true)
  expect(server.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON()).toEqual([
    { type: 'dns', value: 'sts.example.test' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '2001:db8::1' },
  ])
  expect(server.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId).toBe(keyId)
  expect(server.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([
    x509.ExtendedKeyUsage.serverAuth,
  ])
  expect(server.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: false, critical: true })
  expect(server.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature)
  expect(server.notAfter.getTime() - server.notBefore.getTime()).toBe(800 * 86_400_000 + 300_000)
})

it('takes the name of an issuer byte by byte, whoever has written it', async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'O=Example, CN=Old',
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  const pair = await issueServerCertificate({ cert: made.toString('pem'), key }, ['a.test'], sources)
  const server = new x509.X509Certificate(pair.cert)
  expect(Buffer.from(server.issuerName.toArrayBuffer())).toEqual(
    Buffer.from(made.subjectName.toArrayBuffer()),
  )
  expect(await handshake(pair, { ca: made.toString('pem'), name: 'a.test' })).toBe('trusted')
})

it('issues on other curves and with RSA', async () => {
  const authority = await createAuthority('Test', sources)
  const keys = [
    { name: 'ECDSA', namedCurve: 'P-384' },
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048 },
  ] as const
  for (const key of keys) {
    const pair = await issueServerCertificate(authority, ['a.test'], { ...sources, key, days: 10 })
    expect(await handshake(pair, { ca: authority.cert, name: 'a.test' })).toBe('trusted')
  }
})
