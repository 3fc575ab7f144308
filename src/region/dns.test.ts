import { Resolver } from 'node:dns/promises'
import { connect } from 'node:net'

import { decode, encode } from 'dns-packet'
import { describe, expect, it, onTestFinished } from 'vitest'

import { silentLog } from '../base/log.ts'
import { framed } from '../network/dns/server.ts'
import { startDns } from './dns.ts'

const NAME = 'web-01.elb.eu-west-1.localhost'

async function start(port = 0) {
  const dns = await startDns({
    port,
    log: silentLog,
    pace: 1,
    resolve: (name) => (name === NAME ? ['127.66.3.9', '127.67.1.2'] : undefined),
  })
  onTestFinished(() => dns.close())
  const resolver = new Resolver()
  resolver.setServers([dns.address])
  return { port: Number(dns.address.split(':')[1]), resolver }
}

describe('the DNS server', () => {
  it('answers a resolver over UDP', async () => {
    const { resolver } = await start()
    expect(await resolver.resolve4(NAME, { ttl: true })).toEqual([
      { address: '127.66.3.9', ttl: 60 },
      { address: '127.67.1.2', ttl: 60 },
    ])
    await expect(resolver.resolve4('gone.elb.eu-west-1.localhost')).rejects.toMatchObject({
      code: 'ENOTFOUND',
    })
    await expect(resolver.resolve6(NAME)).rejects.toMatchObject({ code: 'ENODATA' })
    await expect(resolver.resolve4('example.com')).rejects.toMatchObject({ code: 'EREFUSED' })
  })

  it('answers over TCP, several questions on a connection, in pieces', async () => {
    const { port } = await start()
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    onTestFinished(() => void socket.destroy())
    const ask = (id: number) =>
      framed(encode({ type: 'query', id, flags: 256, questions: [{ type: 'A', name: NAME }] }))
    const [first, second] = [ask(1), ask(2)]
    socket.write(Buffer.concat([first, second.subarray(0, 5)]))
    socket.end(second.subarray(5))
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    const all = Buffer.concat(chunks)
    const length = all.readUInt16BE(0)
    const ids = [all.subarray(2, 2 + length), all.subarray(4 + length)].map((each) => decode(each).id)
    expect(ids.toSorted((a = 0, b = 0) => a - b)).toEqual([1, 2])
  })

  it('takes another port where the wanted one is taken', async () => {
    const first = await start()
    const second = await start(first.port)
    expect(second.port).not.toBe(first.port)
    expect(await second.resolver.resolve4(NAME)).toHaveLength(2)
  })
})
