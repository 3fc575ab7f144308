import { connect as connectPlain, createServer, type AddressInfo } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { createAuthority, issueServerCertificate, type KeyPair } from '../../base/certificate-authority.ts'
import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { ClientAuthority } from './testing/client-authority.ts'
import { certificateFor, TlsTerminator, type TlsCertificate, type TlsPlan } from './terminate.ts'

const sources = { clock: systemClock, ids: randomIds }
const MODERN = {
  protocols: ['TLSv1.2', 'TLSv1.3'],
  ciphers: ['TLS_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
} as const
let authority: KeyPair
let web: TlsCertificate
let wild: TlsCertificate

async function issue(...names: [string, ...string[]]): Promise<TlsCertificate> {
  const { cert, key } = await issueServerCertificate(authority, names, sources)
  return { certificateChainPem: `${cert}\n${authority.cert}`, privateKeyPem: key, names }
}

beforeAll(async () => {
  authority = await createAuthority('test', sources)
  web = await issue('web.example.com')
  wild = await issue('*.example.org', 'example.org')
})

/** A server that says hello and echoes over TLS. @returns its port */
async function serve(change: Partial<TlsPlan> = {}, timeoutMs = 5000): Promise<number> {
  const terminator = new TlsTerminator({ certificates: [web, wild], policy: MODERN, alpn: [], ...change })
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on('error', () => undefined)
    void terminator.accept(socket, { clock: systemClock, timeoutMs }).then((tls) => tls?.pipe(tls))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function dial(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: authority.cert,
    servername: 'web.example.com',
    ...options,
  })
  onTestFinished(() => void socket.destroy())
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  return socket
}

describe('certificateFor', () => {
  const list = [{ names: ['a.example.com'] }, { names: ['*.example.com'] }, { names: ['b.example.com'] }]
  it.each([
    ['a.example.com', 0],
    ['B.example.com', 2],
    ['c.example.com', 1],
    ['x.c.example.com', 0],
    ['example.com', 0],
    [undefined, 0],
  ])('%s gets certificate %i', (name, index) => {
    expect(certificateFor(list, name)).toBe(list[index])
  })
})

describe('a terminator', () => {
  it('serves the certificate of the server name, and its chain', async () => {
    const port = await serve()
    for (const [servername, subject] of [
      ['web.example.com', 'web.example.com'],
      ['shop.example.org', '*.example.org'],
    ] as const) {
      const socket = await dial(port, { servername })
      expect([socket.authorized, socket.getPeerCertificate().subject['CN']]).toEqual([true, subject])
    }
  })

  it('carries bytes both ways, and the end', async () => {
    const socket = await dial(await serve())
    const body = Buffer.alloc(1_000_000, 'x')
    socket.end(body)
    let size = 0
    for await (const chunk of socket) size += (chunk as Buffer).length
    expect(size).toBe(body.length)
  })

  it.each<[string, readonly string[], string[], string | false]>([
    ['the server’s preference', ['h2', 'http/1.1'], ['http/1.1', 'h2'], 'h2'],
    ['what both have', ['http/1.1'], ['h2', 'http/1.1'], 'http/1.1'],
    ['nothing without a policy', [], ['h2'], false],
  ])('agrees on %s', async (_, alpn, offered, agreed) => {
    const socket = await dial(await serve({ alpn }), { ALPNProtocols: offered })
    expect(socket.alpnProtocol).toBe(agreed)
  })

  it('speaks the protocols and ciphers of its policy alone', async () => {
    const old = { protocols: ['TLSv1', 'TLSv1.1'], ciphers: ['ECDHE-ECDSA-AES128-SHA'] } as const
    const port = await serve({ policy: old })
    const socket = await dial(port, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    })
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual(['TLSv1.1', 'ECDHE-ECDSA-AES128-SHA'])
    await expect(dial(port, { minVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/)
    const modern = await serve({ policy: { ...MODERN, protocols: ['TLSv1.3'] } })
    await expect(dial(modern, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/)
  })

  it('lets in clients of a trust store alone', async () => {
    const root = await ClientAuthority.create('root')
    const trust = { revocations: [], isIgnoringExpiry: false, isAdvertising: false }
    const port = await serve({ clients: { authorities: [root.certificate], ...trust } })
    const answer = async (options: ConnectionOptions): Promise<string> => {
      const socket = await dial(port, options)
      socket.end('hello')
      let heard = ''
      for await (const chunk of socket) heard += String(chunk)
      return heard
    }
    const { cert, key } = await root.issue('app')
    expect(await answer({ cert, key })).toBe('hello')
    expect(await answer({}).catch(() => '')).toBe('')
  })

  it('gives up a client that says nothing', async () => {
    const port = await serve({}, 20)
    const socket = connectPlain({ host: '127.0.0.1', port })
    await new Promise<void>((resolve) => socket.once('close', () => resolve()).resume())
  })
})
