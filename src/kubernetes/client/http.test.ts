import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { createAuthority, issueServerCertificate } from '../../base/certificate-authority.ts'
import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { HttpClient } from './http.ts'
import { configMaps } from './resources.ts'

const key = { namespace: 'shop', name: 'a' }
const metadata = { ...key, uid: 'a', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
const configMap = { kind: 'ConfigMap', apiVersion: 'v1', metadata }

/** A server that breaks off each second request of a connection. */
async function forgetful(): Promise<{ client: HttpClient; asked: string[] }> {
  const sources = { clock: systemClock, ids: randomIds }
  const authority = await createAuthority('test', sources)
  const pair = await issueServerCertificate(authority, ['127.0.0.1'], sources)
  const asked: string[] = []
  const answered = new WeakSet<Socket>()
  const server = createServer(pair, ({ socket, method = '' }, response) => {
    asked.push(method)
    if (answered.has(socket)) return void socket.destroy()
    answered.add(socket)
    response.end(JSON.stringify(configMap))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = new HttpClient({
    url: `https://127.0.0.1:${port}`,
    ca: authority.cert,
    fieldManager: 'test',
  })
  onTestFinished(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  return { client, asked }
}

const object = { ...configMap, data: {} }

type Ask = (client: HttpClient) => Promise<unknown>

it.each<[string, Ask]>([
  ['GET', (client) => client.get(configMaps, key)],
  ['PUT', (client) => client.update(configMaps, object)],
  ['DELETE', (client) => client.delete(configMaps, key)],
  ['PATCH', (client) => client.patch(configMaps, key, object, { type: 'apply' })],
])('asks anew when a kept connection is gone: %s', async (method, ask) => {
  const { client, asked } = await forgetful()
  await client.get(configMaps, key)
  await ask(client)
  expect(asked).toEqual(['GET', method, method])
})

it.each<[string, Ask]>([
  ['POST', (client) => client.create(configMaps, object)],
  ['PATCH', (client) => client.patch(configMaps, key, [], { type: 'json' })],
])('asks once for what may not happen twice: %s', async (method, ask) => {
  const { client, asked } = await forgetful()
  await client.get(configMaps, key)
  await expect(ask(client)).rejects.toMatchObject({ reason: 'ServiceUnavailable' })
  expect(asked).toEqual(['GET', method])
})
