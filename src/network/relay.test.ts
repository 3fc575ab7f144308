import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

import { expect, it, onTestFinished } from 'vitest'

import { relay } from './relay.ts'

const MEGABYTES = randomBytes(8 * 1024 * 1024)
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** A client and a target with a relay between them. */
async function joined(): Promise<{ client: Socket; target: Socket }> {
  const ends: Socket[] = []
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const open = async (): Promise<[Socket, Socket]> => {
    const near = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const [far] = (await once(server, 'connection')) as [Socket]
    ends.push(near, far)
    return [near, far]
  }
  const [client, front] = await open()
  const [back, target] = await open()
  onTestFinished(() => {
    for (const end of ends) end.destroy()
    server.close()
  })
  relay(front, back, () => undefined)
  return { client, target }
}

async function hashBehind(
  socket: Socket,
  pace: (read: number) => Promise<unknown> | undefined,
): Promise<string> {
  const hash = createHash('sha256')
  let read = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    hash.update(chunk)
    read += chunk.length
    await pace(read)
  }
  return hash.digest('hex')
}

it('carries much both ways at once, byte by byte', async () => {
  const { client, target } = await joined()
  client.end(MEGABYTES)
  target.end(MEGABYTES)
  const free = (): undefined => undefined
  const heard = await Promise.all([hashBehind(client, free), hashBehind(target, free)])
  expect(heard).toEqual([hashOf(MEGABYTES), hashOf(MEGABYTES)])
})

it('keeps what a slow reader has not taken yet', async () => {
  const { client, target } = await joined()
  // Pieces of odd lengths: what comes next must not overwrite what waits.
  for (let at = 0; at < MEGABYTES.length; at += 70_001) client.write(MEGABYTES.subarray(at, at + 70_001))
  client.end()
  const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve))
  expect(await hashBehind(target, turn)).toBe(hashOf(MEGABYTES))
})

it('passes a reset on that comes behind much', async () => {
  const { client, target } = await joined()
  const reset = new Promise((resolve) => target.once('error', resolve))
  let read = 0
  target.on('data', (chunk: Buffer) => {
    read += chunk.length
    if (read === MEGABYTES.length) client.resetAndDestroy()
  })
  client.write(MEGABYTES)
  expect(await reset).toMatchObject({ code: 'ECONNRESET' })
})

it('passes the end of one half on, and the other half goes on', async () => {
  const { client, target } = await joined()
  client.end(MEGABYTES)
  const heard = await hashBehind(target, () => undefined)
  target.end('got it')
  expect([heard, await text(client)]).toEqual([hashOf(MEGABYTES), 'got it'])
})
