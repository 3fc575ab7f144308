import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { createAuthority, issueServerCertificate } from '../../base/certificate-authority.ts'
import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { HttpClient } from './http.ts'
import { configMaps } from './resources.ts'

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
    response.end(JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } }))
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

const key = { namespace: 'shop', name: 'a' }

it('asks anew when a kept connection is gone, and only what reads', async () => {
  const { client, asked } = await forgetful()
  expect(await client.get(configMaps, key)).toMatchObject({ metadata: { name: 'a' } })
  expect(await client.get(configMaps, key)).toMatchObject({ metadata: { name: 'a' } })
  expect(asked).toEqual(['GET', 'GET', 'GET'])
  await expect(client.delete(configMaps, key)).rejects.toMatchObject({ reason: 'ServiceUnavailable' })
  expect(asked.slice(3)).toEqual(['DELETE'])
})
