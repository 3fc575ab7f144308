// Both ways to a cluster behave alike: in this process, and over HTTPS.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import { describeKubernetesClient } from '../client/testing/conformance.ts'
import { HttpClient } from '../client/http.ts'
import { configMaps } from '../client/resources.ts'
import { createClusterCertificates } from './certificates.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'

const localStore = createMemoryStore()
let local: ApiFixture

beforeAll(async () => {
  local = await createApiFixture({ store: localStore })
})

describeKubernetesClient('LocalClient', {
  client: () => local.client,
  compact: () => localStore.compact(localStore.revision),
})

const remoteStore = createMemoryStore()
let remote: ApiFixture
let http: HttpClient
let url = ''
let ca = ''

beforeAll(async () => {
  const certificates = await createClusterCertificates({ clock: systemClock, ids: randomIds })
  remote = await createApiFixture({ store: remoteStore })
  const { port } = await remote.server.listen({ host: '127.0.0.1', port: 0, tls: certificates })
  url = `https://127.0.0.1:${port}`
  ca = certificates.ca
  http = new HttpClient({ url, ca, token: async () => 'admin', fieldManager: 'test' })
})

afterAll(async () => {
  http.close()
  await remote.server.close()
})

describeKubernetesClient('HttpClient', {
  client: () => http,
  compact: () => remoteStore.compact(remoteStore.revision),
})

describe('HttpClient', () => {
  it('says who it may not be', async () => {
    const stranger = new HttpClient({ url, ca, token: async () => 'wrong', fieldManager: 'test' })
    await expect(stranger.list(configMaps)).rejects.toMatchObject({ reason: 'Unauthorized' })
    stranger.close()
    const nobody = new HttpClient({ url, ca, fieldManager: 'test' })
    await expect(nobody.list(configMaps)).rejects.toThrow(
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" at the cluster scope',
    )
    nobody.close()
  })

  it('says that nobody is there', async () => {
    const lost = new HttpClient({ url: 'https://127.0.0.1:1', fieldManager: 'test' })
    await expect(lost.list(configMaps)).rejects.toMatchObject({ reason: 'ServiceUnavailable' })
    lost.close()
  })

  it('trusts no other authority', async () => {
    const wary = new HttpClient({ url, token: async () => 'admin', fieldManager: 'test' })
    await expect(wary.list(configMaps)).rejects.toThrow(/self-signed|unable to verify/)
    wary.close()
  })

  it('ends watches when the server closes', async () => {
    const own = await createApiFixture()
    const certificates = await createClusterCertificates({ clock: systemClock, ids: randomIds })
    const { port } = await own.server.listen({ host: '127.0.0.1', port: 0, tls: certificates })
    const client = new HttpClient({
      url: `https://127.0.0.1:${port}`,
      ca: certificates.ca,
      token: async () => 'admin',
      fieldManager: 'test',
    })
    const { resourceVersion } = await client.list(configMaps)
    const { signal } = new AbortController()
    const next = client.watch(configMaps, { resourceVersion, signal })[Symbol.asyncIterator]().next()
    // The request has to be on its way before the server goes.
    await client.list(configMaps)
    await own.server.close()
    expect((await next).done).toBe(true)
    client.close()
  })
})
