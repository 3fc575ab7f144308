import { connect as connectTls } from 'node:tls'
import { createServer, type AddressInfo } from 'node:net'

import { describe, expect, it } from 'vitest'

import { LONGEST_PREAMBLE, readDestination } from './destination.ts'

/** What a real TLS client says first. */
async function clientHello(servername: string | undefined): Promise<Buffer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const heard = new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) => socket.once('data', (bytes) => resolve(Buffer.from(bytes))))
  })
  const client = connectTls({ port, host: '127.0.0.1', ...(servername && { servername }) })
  client.on('error', () => undefined)
  const bytes = await heard
  client.destroy()
  server.close()
  return bytes
}

describe('the destination of a connection', () => {
  it.each([
    ['GET / HTTP/1.1\r\nHost: a.example\r\n\r\n', { kind: 'http', host: 'a.example', port: undefined }],
    ['GET / HTTP/1.1\r\nhost:A.Example:4580\r\n\r\n', { kind: 'http', host: 'a.example', port: 4580 }],
    ['POST /x HTTP/1.1\r\nX: 1\r\nHost: b\r\nContent-Le', { kind: 'http', host: 'b', port: undefined }],
    ['GET / HTTP/1.1\nHost: bare\n\n', { kind: 'http', host: 'bare', port: undefined }],
    ['GET / HTTP/1.0\r\n\r\n', { kind: 'opaque' }],
    ['GET / HTTP/1.1\r\nX: 1\r\n\r\nHost: body\r\n\r\n', { kind: 'opaque' }],
    ['*1\r\n$4\r\nPING\r\n', { kind: 'opaque' }],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { kind: 'opaque' }],
    ['', { kind: 'incomplete' }],
    ['GE', { kind: 'incomplete' }],
    ['GET / HTTP/1.1\r\nHost: half', { kind: 'incomplete' }],
  ])('of %j', (text, expected) => {
    expect(readDestination(Buffer.from(text))).toEqual(expected)
  })

  it('of TLS is the server name', async () => {
    const bytes = await clientHello('k8s-web.elb.localhost')
    expect(readDestination(bytes)).toEqual({ kind: 'tls', host: 'k8s-web.elb.localhost' })
  })

  it('of TLS is unknown without a server name', async () => {
    expect(readDestination(await clientHello(undefined))).toEqual({ kind: 'opaque' })
  })

  it.each(['http', 'tls'])('is the same however %s arrives in pieces', async (kind) => {
    const whole =
      kind === 'tls'
        ? await clientHello('x.example')
        : Buffer.from('GET / HTTP/1.1\r\nHost: x.example\r\n\r\n')
    for (let length = 1; length < whole.length; length++) {
      const { kind: seen } = readDestination(whole.subarray(0, length))
      expect([kind, 'incomplete']).toContain(seen)
    }
    expect(readDestination(whole)).toMatchObject({ kind, host: 'x.example' })
  })

  it('is given up when it does not come', () => {
    const endless = Buffer.from(`GET /${'x'.repeat(LONGEST_PREAMBLE)}`)
    expect(readDestination(endless)).toEqual({ kind: 'opaque' })
  })
})
