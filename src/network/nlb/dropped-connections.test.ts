import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { connectTo, until } from '../testing/test-target.ts'
import { DroppedConnections } from './dropped-connections.ts'

let clock: FakeClock
let server: Server
let held: Socket[]

beforeEach(async () => {
  clock = new FakeClock()
  held = []
  const dropped = new DroppedConnections(clock)
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    held.push(socket)
    dropped.hold(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => {
  for (const socket of held) socket.destroy()
  server.close()
})

async function knock(): Promise<Socket> {
  const { port } = server.address() as AddressInfo
  const count = held.length
  const socket = await connectTo({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  await until('the connection', () => held.length > count)
  return socket
}

describe('a connection that is kept out', () => {
  it('hears nothing, and is reset when Linux would have given up', async () => {
    const socket = await knock()
    let heard = 0
    socket.on('data', () => heard++)
    await clock.advance(126_999)
    expect(held[0]?.destroyed).toBe(false)
    const closed = new Promise<boolean>((resolve) => socket.once('close', resolve))
    await clock.advance(1)
    expect(await closed).toBe(true)
    expect(heard).toBe(0)
  })

  it('is let go when its client leaves', async () => {
    const socket = await knock()
    socket.end('never mind')
    await until('the end', () => held[0]?.destroyed === true)
  })

  it('makes room for newer ones when there are very many', async () => {
    const first = await knock()
    for (let index = 0; index < 511; index++) await knock()
    expect(first.destroyed).toBe(false)
    await knock()
    await until('the oldest to go', () => first.destroyed)
    expect(held.filter(({ destroyed }) => !destroyed)).toHaveLength(512)
  })
})
