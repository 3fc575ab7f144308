// Pairs of streams, with a client that keeps to the rules or not.
import { once } from 'node:events'
import { duplexPair, type Duplex } from 'node:stream'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { StatusError } from '../../../base/errors.ts'
import { FakeClock } from '../../../base/testing/fake-clock.ts'
import { silentLog } from '../../../base/log.ts'
import { Peer } from './peer.ts'
import { servePortForwardStreams } from './port-forward.ts'

const reference = { namespace: 'default', name: 'web', uid: 'u-1', container: 'c' }

let clock: FakeClock
let closing: AbortController
let transport: Duplex
let peer: Peer
let serving: Promise<void>
/** The pod's ends, by port, in the order they were dialled. */
let dialled: { readonly port: number; readonly pod: Duplex }[]

beforeEach(() => {
  clock = new FakeClock()
  closing = new AbortController()
  dialled = []
  const [near, far] = duplexPair()
  transport = far
  peer = new Peer(far)
  const kubelet = {
    logs: () => Promise.reject(new Error('unused')) as never,
    exec: () => Promise.reject(new Error('unused')),
    attach: () => Promise.reject(new Error('unused')),
    async portForward(_pod: unknown, port: number) {
      if (port === 81) throw new StatusError('InternalError', 'connect ECONNREFUSED 10.0.0.7:81')
      const [mine, pod] = duplexPair()
      dialled.push({ port, pod })
      return mine
    },
  }
  serving = servePortForwardStreams(
    { kubelet, clock, closing: closing.signal, log: silentLog },
    near,
    reference,
  )
})

afterEach(async () => {
  closing.abort()
  await serving
})

function open(streamId: number, streamtype: string, headers: Record<string, string> = {}): Promise<void> {
  return peer.open(streamId, { headers: { streamtype, port: '80', requestid: '0', ...headers } })
}

async function pod(index = 0): Promise<Duplex> {
  await expect.poll(() => dialled.length).toBeGreaterThan(index)
  return dialled[index]?.pod as Duplex
}

async function textOf(stream: Duplex): Promise<string> {
  let text = ''
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) text += String(chunk)
  return text
}

describe('a pair of streams', () => {
  it('is a connection to the pod, whichever half comes first', async () => {
    await open(1, 'data', { requestid: 'a' })
    await open(3, 'error', { requestid: 'b' })
    expect(dialled).toEqual([])
    await open(5, 'error', { requestid: 'a' })
    await open(7, 'data', { requestid: 'b', port: '8080' })
    await pod(1)
    expect(dialled.map(({ port }) => port)).toEqual([80, 8080])
  })

  it('is recognized by stream ids where the client gives no request id', async () => {
    await open(1, 'error', { requestid: '' })
    await open(3, 'data', { requestid: '' })
    await open(5, 'error', { requestid: '' })
    await open(7, 'data', { requestid: '' })
    await pod(1)
  })

  it('can use a request id again once it is complete', async () => {
    for (const first of [1, 5]) {
      await open(first, 'error')
      await open(first + 2, 'data')
    }
    await pod(1)
  })

  it('ends each direction by itself', async () => {
    await open(1, 'error', {})
    await open(3, 'data')
    peer.write(3, 'question', true)
    const server = await pod()
    expect(await textOf(server)).toBe('question')
    server.write('answer')
    await expect.poll(() => peer.text(3)).toBe('answer')
    server.end()
    await expect.poll(() => [peer.text(3), peer.text(1)]).toEqual(['answer$', '$'])
  })

  it('ends the error stream when the pod ends, for clients that wait for that before they let go', async () => {
    await open(1, 'error')
    await open(3, 'data')
    const server = await pod()
    server.end('done')
    await expect.poll(() => [peer.text(3), peer.text(1)]).toEqual(['done$', '$'])
    peer.write(3, 'late', true)
    expect(await textOf(server)).toBe('late')
  })

  it('passes on what came before a reset, and then closes', async () => {
    await open(1, 'error')
    await open(3, 'data')
    peer.write(3, 'last words')
    peer.send({ type: 'rst-stream', streamId: 3, status: 5 })
    expect(await textOf(await pod())).toBe('last words')
  })

  it('says why the pod cannot be reached, and ends both streams', async () => {
    await open(1, 'error', { port: '81' })
    await open(3, 'data', { port: '81' })
    const text = 'error forwarding port 81 to pod web, uid u-1: connect ECONNREFUSED 10.0.0.7:81'
    await expect.poll(() => [peer.text(1), peer.text(3)]).toEqual([`${text}$`, '$'])
  })

  it('says so when a half is there already', async () => {
    await open(1, 'error')
    await open(3, 'error')
    await expect
      .poll(() => peer.text(1))
      .toBe('error processing stream for request 0: error stream already assigned')
  })

  it('is given up when the other half does not come in 30 s', async () => {
    await open(1, 'error')
    await open(3, 'data', { requestid: '1' })
    await expect.poll(() => peer.of('syn-reply').length).toBe(2)
    await clock.advance(29_999)
    expect(peer.of('data')).toEqual([])
    await clock.advance(1)
    await expect.poll(() => peer.text(1)).toBe('(request=0) timed out waiting for streams$')
    await expect.poll(() => peer.of('rst-stream').map(({ streamId }) => streamId)).toEqual([3])
    expect(dialled).toEqual([])
  })

  it.each([
    ['no port', { port: '' }],
    ['a port that is no number', { port: 'http' }],
    ['a port beyond the last', { port: '65536' }],
    ['port 0', { port: '0' }],
    ['no type', { streamtype: '' }],
    ['a type of its own', { streamtype: 'stdin' }],
  ])('is refused with %s', async (_name, headers) => {
    await open(1, 'data', headers)
    await expect.poll(() => peer.of('rst-stream')).toEqual([{ type: 'rst-stream', streamId: 1, status: 5 }])
    expect(peer.of('syn-reply')).toEqual([])
  })
})

describe('the connection', () => {
  it('takes the connections to the pod with it when the client leaves', async () => {
    await open(1, 'error')
    await open(3, 'data')
    const server = await pod()
    transport.destroy()
    server.resume()
    await once(server, 'end')
    await serving
  })

  it('ends with the server', async () => {
    await open(1, 'error')
    await open(3, 'data')
    const server = await pod()
    closing.abort()
    await serving
    server.resume()
    await once(server, 'end')
    await expect.poll(() => peer.of('go-away').length).toBe(1)
  })
})
