// A server connection against a peer that writes frames itself.
import { once } from 'node:events'
import { duplexPair, type Duplex } from 'node:stream'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { StatusError } from '../../../base/errors.ts'
import { silentLog } from '../../../base/log.ts'
import { SpdyConnection } from './connection.ts'
import { HeaderDecoder } from './header-block.ts'
import { Peer } from './peer.ts'
import type { SpdyStream } from './stream.ts'

let peer: Peer
let transport: Duplex
let connection: SpdyConnection
let running: Promise<void>
let streams: SpdyStream[]

beforeEach(() => {
  const [near, far] = duplexPair()
  transport = near
  peer = new Peer(far)
  streams = []
  connection = new SpdyConnection(near, {
    check: (stream) => {
      if (stream.header('name') === 'refused') throw new StatusError('BadRequest', 'refused')
    },
    serve: (stream) => void streams.push(stream),
    log: silentLog,
  })
  running = connection.run()
})

afterEach(async () => {
  connection.close()
  await running
})

async function accepted(count: number): Promise<SpdyStream> {
  await expect.poll(() => streams.length).toBe(count)
  return streams[count - 1] as SpdyStream
}

describe('streams', () => {
  it('are accepted by an empty reply that the client can read', async () => {
    await peer.open(1)
    const stream = await accepted(1)
    expect(stream.headers).toEqual(new Map([['name', ['x']]]))
    await peer.open(3)
    await accepted(2)
    await expect.poll(() => peer.of('syn-reply').map(({ streamId }) => streamId)).toEqual([1, 3])
    const decoder = new HeaderDecoder()
    for (const reply of peer.of('syn-reply')) expect((await decoder.decode(reply.headers)).size).toBe(0)
    decoder.close()
  })

  it('carry bytes both ways, each direction with an end of its own', async () => {
    await peer.open(1)
    const stream = await accepted(1)
    peer.write(1, 'one ')
    peer.write(1, 'two', true)
    let seen = ''
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) seen += String(chunk)
    expect(seen).toBe('one two')
    stream.write('still open')
    await expect.poll(() => peer.text(1)).toBe('still open')
    stream.end()
    await once(stream, 'close')
    await expect.poll(() => peer.text(1)).toBe('still open$')
    expect(peer.of('rst-stream')).toEqual([])
  })

  it('end first on our side and still take what comes', async () => {
    await peer.open(1)
    const stream = await accepted(1)
    stream.end('bye')
    await expect.poll(() => peer.text(1)).toBe('bye$')
    peer.write(1, 'late', true)
    const [chunk] = await once(stream, 'data')
    expect(String(chunk)).toBe('late')
    await once(stream, 'close')
  })

  it('can be closed on the client side from the start', async () => {
    await peer.open(1, { fin: true })
    const stream = await accepted(1)
    stream.resume()
    await once(stream, 'end')
  })

  it('send large writes in frames of at most 64 KiB', async () => {
    await peer.open(1)
    const stream = await accepted(1)
    stream.end('y'.repeat(200_000))
    await expect.poll(() => peer.text(1).length).toBe(200_001)
    expect(peer.of('data').map(({ data }) => data.length)).toEqual([65_536, 65_536, 65_536, 3392, 0])
  })

  it('are reset by the client without an error, and by us when destroyed', async () => {
    await peer.open(1)
    await peer.open(3)
    const mine = await accepted(2)
    const [reset] = streams
    peer.send({ type: 'rst-stream', streamId: 1, status: 5 })
    await once(reset as SpdyStream, 'close')
    mine.destroy()
    await expect.poll(() => peer.of('rst-stream')).toEqual([{ type: 'rst-stream', streamId: 3, status: 5 }])
    peer.write(1, 'nobody listens')
    peer.write(3, 'nobody listens')
    await peer.open(5)
    await accepted(3)
  })

  it('are refused with a reset', async () => {
    await peer.open(1, { headers: { name: 'refused' } })
    await peer.open(3, { unidirectional: true })
    await peer.open(3)
    // The id is used up, and even ids are the server's.
    await peer.open(5)
    await peer.open(5)
    await peer.open(8)
    await expect
      .poll(() => peer.of('rst-stream').map(({ streamId, status }) => [streamId, status]))
      .toEqual([
        [1, 5],
        [3, 3],
        [3, 1],
        [5, 1],
        [8, 1],
      ])
    expect(streams.map(({ id }) => id)).toEqual([5])
  })

  it('hold the client back while nobody reads', async () => {
    await peer.open(1)
    await peer.open(3)
    await accepted(2)
    const [slow, other] = streams as [SpdyStream, SpdyStream]
    const megabyte = 'z'.repeat(1024 * 1024)
    peer.write(1, megabyte)
    peer.write(3, 'behind it')
    await expect.poll(() => slow.readableLength).toBe(megabyte.length)
    expect(other.readableLength).toBe(0)
    slow.resume()
    await expect.poll(() => other.readableLength).toBe(9)
  })

  it('let go of the client when a stream that nobody reads is destroyed', async () => {
    await peer.open(1)
    const slow = await accepted(1)
    peer.write(1, 'z'.repeat(1024 * 1024))
    await expect.poll(() => slow.readableLength).toBe(1024 * 1024)
    slow.destroy()
    await peer.open(3)
    await accepted(2)
  })
})

describe('a connection', () => {
  it('returns the pings of the client and no others', async () => {
    peer.send({ type: 'ping', id: 2 })
    peer.send({ type: 'ping', id: 3 })
    await expect.poll(() => peer.of('ping')).toEqual([{ type: 'ping', id: 3 }])
  })

  it('passes over settings, windows and headers', async () => {
    peer.sendRaw('800300040000000c000000010000000400000064')
    peer.sendRaw('80030009000000080000000100010000')
    await peer.open(1)
    await accepted(1)
  })

  it('ends every stream when the client says goodbye', async () => {
    await peer.open(1)
    const stream = await accepted(1)
    peer.send({ type: 'go-away', lastStreamId: 0, status: 0 })
    await once(stream, 'close')
    await running
    await expect.poll(() => transport.destroyed).toBe(true)
  })

  it('ends every stream when the client breaks off, even one that nobody reads', async () => {
    await peer.open(1)
    const stream = await accepted(1)
    peer.write(1, 'z'.repeat(1024 * 1024))
    await expect.poll(() => stream.readableLength).toBe(1024 * 1024)
    transport.destroy()
    await once(stream, 'close')
    await running
  })

  it('says goodbye when closed, with the last stream it took', async () => {
    await peer.open(7)
    const stream = await accepted(1)
    connection.close()
    await running
    expect(stream.destroyed).toBe(true)
    await expect.poll(() => peer.of('go-away')).toEqual([{ type: 'go-away', lastStreamId: 7, status: 0 }])
    // Nothing is left that could fail.
    stream.write('too late')
    stream.end()
  })

  it('says why it ends when the bytes are not SPDY', async () => {
    peer.sendRaw('8002000600000004000000ff')
    await running
    await expect.poll(() => peer.of('go-away')).toEqual([{ type: 'go-away', lastStreamId: 0, status: 1 }])
  })

  it('says so too when headers cannot be unpacked', async () => {
    peer.send({
      type: 'syn-stream',
      streamId: 1,
      fin: false,
      unidirectional: false,
      headers: Buffer.from('plain'),
    })
    await running
    await expect.poll(() => peer.of('go-away').map(({ status }) => status)).toEqual([1])
  })
})
