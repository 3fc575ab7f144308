import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:tls'

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
