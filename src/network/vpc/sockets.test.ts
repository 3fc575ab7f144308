import { once } from 'node:events'
import { text } from 'node:stream/consumers'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createVpcSockets, type VpcSockets } from './sockets.ts'
import { noNetwork } from './testing/test-pod.ts'

let sockets: VpcSockets

beforeEach(() => {
  // The namespace that the test is in.
  sockets = createVpcSockets('/proc/self/ns/net')
})

afterEach(() => sockets.close())

describe.skipIf(noNetwork)(`sockets of a namespace (${noNetwork ?? 'real'})`, () => {
  it('outlive the process that opened them, which is started again when it is needed', async () => {
    const server = await sockets.listen('127.0.0.1', 0, (socket) => socket.end('hello'))
    sockets.close()
    const { port } = server.address() as { port: number }
    expect(await text(await sockets.connect('127.0.0.1', port))).toBe('hello')
    server.close()
  })

  it('come from the address that is asked for', async () => {
    const server = await sockets.listen('127.0.0.1', 0, (socket) => socket.end(`${socket.remoteAddress}`))
    const { port } = server.address() as { port: number }
    expect(await text(await sockets.connect('127.0.0.1', port, { from: '127.0.0.9' }))).toBe('127.0.0.9')
    server.close()
  })

  it('carry datagrams', async () => {
    const server = await sockets.bind('127.0.0.1', 0)
    const client = await sockets.bind('127.0.0.1', 0)
    client.send('ping', server.address().port, '127.0.0.1')
    const [message, { port }] = (await once(server, 'message')) as [Buffer, { port: number }]
    expect([String(message), port]).toEqual(['ping', client.address().port])
    server.close()
    client.close()
  })

  it('say why there is none', async () => {
    await expect(sockets.connect('127.0.0.1', 1)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(sockets.connect('127.0.0.1', 1, { from: '192.0.2.1' })).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    })
    const server = await sockets.listen('127.0.0.1', 0, () => undefined)
    const { port } = server.address() as { port: number }
    await expect(sockets.listen('127.0.0.1', port, () => undefined)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
    server.close()
  })

  it('are not waited for longer than the caller wants, nor after the end', async () => {
    const signal = AbortSignal.abort(new RangeError('too late'))
    await expect(sockets.connect('127.0.0.1', 1, { signal })).rejects.toThrow('too late')
    const asked = sockets.connect('127.0.0.1', 1)
    sockets.close()
    await expect(asked).rejects.toMatchObject({ code: 'EPIPE' })
  })

  it('are none of a namespace that is not there', async () => {
    const nowhere = createVpcSockets('/run/netns/no-such-namespace')
    await expect(nowhere.connect('127.0.0.1', 1)).rejects.toMatchObject({ code: 'EPIPE' })
  })
})
