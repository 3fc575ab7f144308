import { once } from 'node:events'
import { createServer as createHttpServer, request } from 'node:http'
import { get } from 'node:https'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { PeerCertificate } from 'node:tls'
import { connect as connectTls } from 'node:tls'

import { expect, it, onTestFinished } from 'vitest'

import type { AwsRequest } from '../aws/protocol/message.ts'
import { systemClock } from '../base/clock.ts'
import { randomIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { ensureAuthority } from './authority.ts'
import { isServedName, startAwsNames } from './aws-names.ts'

it.each([
  ['sts.amazonaws.com', true],
  ['sts.ap-southeast-1.amazonaws.com', true],
  ['EKS.eu-west-1.amazonaws.com', true],
  ['elasticloadbalancing.us-east-1.amazonaws.com', true],
  ['eks-auth.us-east-1.api.aws', true],
  ['iam.amazonaws.com', true],
  ['s3.us-west-2.amazonaws.com', true],
  ['dynamodb.us-west-2.amazonaws.com', false],
  ['bucket.s3.amazonaws.com', true],
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com', false],
  ['sts.amazonaws.com.example.com', false],
  ['evil-sts.amazonaws.com', false],
  ['x.sts.us-east-1.amazonaws.com', false],
  ['127.0.0.1', false],
])('of %s: served here is %s', (host, isServed) => {
  expect(isServedName(host)).toBe(isServed)
})

interface World {
  readonly port: number
  readonly ca: string
  readonly seen: AwsRequest[]
}

async function start(upstream?: string): Promise<World> {
  const sources = { clock: systemClock, ids: randomIds }
  const authority = await ensureAuthority({ ...sources, store: createMemoryStore() })
  const seen: AwsRequest[] = []
  const names = await startAwsNames({
    ...sources,
    log: silentLog,
    authority,
    port: 0,
    upstream,
    handle: async (asked) => {
      seen.push(asked)
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'near' }
    },
  })
  onTestFinished(() => names.close())
  return { port: Number(new URL(names.url).port), ca: authority.cert, seen }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** What a proxy answers to CONNECT, and the connection. */
async function tunnel(port: number, target: string): Promise<{ status: number; socket: Socket }> {
  const asked = request({ host: '127.0.0.1', port, method: 'CONNECT', path: target })
  asked.end()
  const [response, socket, head] = await once(asked, 'connect')
  socket.unshift(head)
  onTestFinished(() => void socket.destroy())
  return { status: response.statusCode, socket }
}

it('serves a name of AWS with a certificate that the region has signed', async () => {
  const { port, ca, seen } = await start()
  const host = 'sts.ap-southeast-1.amazonaws.com'
  const { status, socket } = await tunnel(port, `${host}:443`)
  expect(status).toBe(200)
  const secure = connectTls({ socket, servername: host, ca })
  await once(secure, 'secureConnect')
  const certificate: PeerCertificate = secure.getPeerCertificate()
  expect(certificate.subjectaltname).toBe(`DNS:${host}`)
  const asked = get(`https://${host}/?Action=GetCallerIdentity`, { createConnection: () => secure })
  const [response] = await once(asked, 'response')
  expect(await text(response)).toBe('near')
  expect(seen).toMatchObject([{ method: 'GET', url: '/?Action=GetCallerIdentity' }])
  expect(seen[0]?.headers['host']).toContain(host)
})

it('passes everything else through', async () => {
  const { port, seen } = await start()
  const far = await listening(createServer((socket) => socket.end('far')))
  const { status, socket } = await tunnel(port, `127.0.0.1:${far}`)
  expect(status).toBe(200)
  expect(await text(socket)).toBe('far')
  expect(seen).toEqual([])
})

it('passes it to the proxy that this machine has, with its password', async () => {
  const lines: string[] = []
  const other = createHttpServer()
  other.on('connect', (asked, socket: Socket) => {
    lines.push(`${asked.url} ${asked.headers['proxy-authorization']}`)
    socket.end('HTTP/1.1 200 OK\r\n\r\nfar')
  })
  const upstream = `http://ann:secret@127.0.0.1:${await listening(other)}`
  const { port } = await start(upstream)
  const { status, socket } = await tunnel(port, 'example.com:443')
  expect(status).toBe(200)
  expect(await text(socket)).toBe('far')
  expect(lines).toEqual([`example.com:443 Basic ${Buffer.from('ann:secret').toString('base64')}`])
})

it('refuses what is no target, and everything but CONNECT', async () => {
  const { port } = await start()
  expect((await tunnel(port, 'nonsense')).status).toBe(502)
  const plain = connect(port, '127.0.0.1')
  plain.write('GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n')
  expect(await text(plain)).toContain('405')
})

async function text(stream: AsyncIterable<unknown>): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += String(chunk)
  return all
}
