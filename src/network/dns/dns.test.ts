import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { encode, type Answer, type Question } from 'dns-packet'
import { describe, expect, it, onTestFinished } from 'vitest'

import { randomIds } from '../../base/ids.ts'
import { forward, machineNameServers, type NameServer } from './forward.ts'
import { serveTcp, serveUdp, type DnsHandler } from './server.ts'

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

async function serverOf(handle: DnsHandler): Promise<NameServer> {
  for (;;) {
    const socket = await bound()
    const { port } = socket.address()
    const tcp = createServer({ allowHalfOpen: true }, (stream) =>
      serveTcp(stream, stream.remoteAddress ?? '', handle),
    )
    onTestFinished(() => void tcp.close())
    // A port that is free for UDP may be somebody's for TCP.
    const isFree = await new Promise<boolean>((resolve) => {
      tcp.once('error', () => resolve(false))
      tcp.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    serveUdp(socket, handle)
    return { ip: '127.0.0.1', port: (tcp.address() as AddressInfo).port }
  }
}

function addresses(count: number, name: string): Answer[] {
  return Array.from({ length: count }, (_, at) => ({
    type: 'A',
    name,
    ttl: 5,
    data: `10.0.${at >> 8}.${at & 255}`,
  }))
}

const question: Question = { type: 'A', name: 'web.test' }

describe('a name server', () => {
  it('is asked by its address, and told who asks', async () => {
    const server = await serverOf(async ({ questions = [] }, client) => ({
      answers: [{ type: 'TXT', name: questions[0]?.name ?? '', ttl: 5, data: client }],
    }))
    const { answers } = await forward({ type: 'TXT', name: 'who.test' }, [server], { ids: randomIds })
    expect(answers).toMatchObject([{ name: 'who.test', ttl: 5, data: [Buffer.from('127.0.0.1')] }])
  })

  it('is asked again over TCP for what does not fit into a datagram', async () => {
    const server = await serverOf(async () => ({ answers: addresses(300, 'web.test') }))
    const { answers } = await forward(question, [server], { ids: randomIds })
    expect(answers).toHaveLength(300)
  })

  it('passes on that there is no such name', async () => {
    const server = await serverOf(async () => ({ flags: 3 }))
    expect(await forward(question, [server], { ids: randomIds })).toMatchObject({ flags: 3, answers: [] })
  })

  it('that fails says so', async () => {
    const server = await serverOf(async () => Promise.reject(new TypeError('broken')))
    expect(await forward(question, [server], { ids: randomIds })).toMatchObject({ flags: 2 })
  })

  it('that is not there is passed over', async () => {
    const server = await serverOf(async () => ({ answers: addresses(1, 'web.test') }))
    const { answers } = await forward(question, [{ ip: '127.0.0.1', port: 1 }, server], { ids: randomIds })
    expect(answers).toHaveLength(1)
    expect(await forward(question, [], { ids: randomIds })).toEqual({ flags: 2 })
  })

  it('that no route leads to is passed over', async () => {
    const server = await serverOf(async () => ({ answers: addresses(1, 'web.test') }))
    // Nobody may connect to the broadcast address.
    const { answers } = await forward(question, [{ ip: '255.255.255.255' }, server], { ids: randomIds })
    expect(answers).toHaveLength(1)
  })

  it('may answer nonsense first', async () => {
    const socket = await bound()
    socket.on('message', (message, { port, address }) => {
      socket.send(Buffer.from('nonsense'), port, address)
      const id = message.readUInt16BE(0)
      socket.send(encode({ type: 'response', id, answers: addresses(1, 'web.test') }), port, address)
    })
    const server = { ip: '127.0.0.1', port: socket.address().port }
    const { answers } = await forward(question, [server], { ids: randomIds })
    expect(answers).toHaveLength(1)
  })

  it('does not answer what is no question', async () => {
    const server = await serverOf(async () => ({}))
    const client = await bound()
    client.send(Buffer.from('nonsense'), server.port ?? 0, '127.0.0.1')
    client.send(encode({ type: 'response', id: 7 }), server.port ?? 0, '127.0.0.1')
    client.send(encode({ type: 'query', id: 9, questions: [question] }), server.port ?? 0, '127.0.0.1')
    const [reply] = (await once(client, 'message')) as [Buffer]
    expect(reply.readUInt16BE(0)).toBe(9)
  })
})

it('the name servers of a machine are read from its resolv.conf', () => {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-dns-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'resolv.conf')
  writeFileSync(path, '# local\nsearch x\nnameserver 192.0.2.1\nnameserver fe80::1\n nameserver 192.0.2.2\n')
  expect(machineNameServers(path)).toEqual([{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }])
  expect(machineNameServers(join(directory, 'none'))).toEqual([])
})
