// Tests the aggregation of an extension server that really listens: the way to it, who it is told asks, discovery.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { apiServices, configMaps, endpointSlices, namespaces, services } from '../../client/resources.ts'
import { CONTROL_PLANE } from '../api-server.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo } from '../testing/send.ts'
import { startTlsServer, type TlsServer } from '../testing/tls-server.ts'

const LIST = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'ext.example.com/v1',
  resources: [
    {
      name: 'things',
      singularName: 'thing',
      namespaced: true,
      kind: 'Thing',
      verbs: ['get', 'list'],
      shortNames: ['th'],
    },
    { name: 'things/status', singularName: '', namespaced: true, kind: 'Thing', verbs: ['get'] },
  ],
}

let api: ApiFixture
let extension: TlsServer

beforeAll(async () => {
  extension = await startTlsServer(
    ({ url }, response) => {
      response.setHeader('content-type', 'application/json')
      if (url === '/apis/ext.example.com/v1') return void response.end(JSON.stringify(LIST))
      if (url.includes('/things/none')) response.statusCode = 404
      response.setHeader('x-from', 'extension')
      const items = [{ kind: 'Thing', metadata: { name: 'a' } }]
      response.end(JSON.stringify(url.includes('labelSelector') ? { items } : { url }))
    },
    ['ext.ns.svc'],
  )
  api = await createApiFixture()
  const { client } = api
  await client.create(namespaces, { metadata: { name: 'ns' }, spec: {} })
  await client.create(services, {
    metadata: { name: 'ext', namespace: 'ns' },
    spec: { ports: [{ name: 'https', port: 443, targetPort: 8443, protocol: 'TCP' }] },
  })
  await client.create(endpointSlices, {
    metadata: { name: 'ext-1', namespace: 'ns', labels: { 'kubernetes.io/service-name': 'ext' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: true } }],
    ports: [{ name: 'https', port: extension.port, protocol: 'TCP' }],
  })
  await client.create(apiServices, {
    metadata: { name: 'v1.ext.example.com' },
    spec: {
      group: 'ext.example.com',
      version: 'v1',
      groupPriorityMinimum: 1000,
      versionPriority: 15,
      caBundle: extension.caBundle,
      service: { namespace: 'ns', name: 'ext' },
    },
  })
})

afterAll(async () => {
  await api.server.close()
  await extension[Symbol.asyncDispose]()
})

const get = async (
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> => {
  const { status, body } = await sendTo(api.server, 'GET', url, { headers })
  if (typeof body === 'string') return { status, text: body }
  const chunks: Buffer[] = []
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk))
  return { status, text: Buffer.concat(chunks).toString() }
}
const own = () => api.client.get(apiServices, { name: 'v1.ext.example.com' })
const aggregated = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }

async function setAvailable(status: 'True' | 'False'): Promise<void> {
  const conditions = [{ type: 'Available', status, reason: 'Test', message: '' }]
  await api.client.updateStatus(apiServices, { ...(await own()), status: { conditions } })
}

interface Shown {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly versions: readonly object[]
  }[]
}
const shown = async (): Promise<object | undefined> => {
  const { items } = JSON.parse((await get('/apis', aggregated)).text) as Shown
  return items.find(({ metadata }) => metadata.name === 'ext.example.com')?.versions[0]
}

describe('an extension server', () => {
  it('is where clients of this process find what it serves', async () => {
    const things = { ...LIST.resources[0], group: 'ext.example.com', version: 'v1', plural: 'things' }
    const resource = { ...things, kind: 'Thing', namespaced: true }
    const options = { namespace: 'ns', labelSelector: 'a=b' }
    const words = 'the server is currently unable to handle the request'
    await expect(api.client.list(resource, options)).rejects.toMatchObject({ code: 503, message: words })
    await setAvailable('True')
    const { items } = await api.client.list(resource, options)
    await setAvailable('False')
    expect(items).toEqual([{ kind: 'Thing', metadata: { name: 'a' } }])
    expect(extension.received.at(-1)).toMatchObject({
      url: '/apis/ext.example.com/v1/namespaces/ns/things?labelSelector=a%3Db',
      headers: { 'x-remote-user': CONTROL_PLANE.username },
    })
  })

  it('is not asked before it is known to answer; discovery goes on without it', async () => {
    expect(await get('/apis/ext.example.com/v1/namespaces/ns/things')).toEqual({
      status: 503,
      text: 'service unavailable\n',
    })
    expect(await shown()).toEqual({ version: 'v1', resources: [], freshness: 'Stale' })
    const { groups } = JSON.parse((await get('/apis')).text) as { groups: { name: string }[] }
    expect(groups.map(({ name }) => name)).toContain('ext.example.com')
  })

  it('is shown with what it says that it serves', async () => {
    expect(await api.server.probe(await own())).toBeUndefined()
    expect(extension.received.at(-1)?.headers).toMatchObject({
      'x-remote-user': 'system:kube-aggregator',
      'x-remote-group': 'system:masters',
    })
    await setAvailable('True')
    expect(await shown()).toEqual({
      version: 'v1',
      freshness: 'Current',
      resources: [
        {
          resource: 'things',
          responseKind: { group: 'ext.example.com', version: 'v1', kind: 'Thing' },
          scope: 'Namespaced',
          singularResource: 'thing',
          verbs: ['get', 'list'],
          shortNames: ['th'],
          subresources: [
            {
              subresource: 'status',
              responseKind: { group: 'ext.example.com', version: 'v1', kind: 'Thing' },
              verbs: ['get'],
            },
          ],
        },
      ],
    })
    expect(JSON.parse((await get('/apis/ext.example.com/v1')).text)).toEqual(LIST)
  })

  it('gets requests of others as theirs, and its answers go back as they are', async () => {
    const url = '/apis/ext.example.com/v1/namespaces/ns/things/none?a=b'
    expect(await get(url, { 'x-remote-user': 'forged' })).toEqual({
      status: 404,
      text: JSON.stringify({ url }),
    })
    const headers = extension.received.at(-1)?.headers ?? {}
    expect(headers).toMatchObject({
      'x-remote-user': 'kubernetes-admin',
      'x-remote-group': 'system:masters, system:authenticated',
      host: `10.0.0.9:${extension.port}`,
    })
    expect(headers.authorization).toBeUndefined()
  })

  it('is only for those who may', async () => {
    const url = '/apis/ext.example.com/v1/namespaces/ns/things'
    expect((await get(url, { authorization: 'Bearer user:nobody' })).status).toBe(403)
  })

  it('whose endpoints are gone is unavailable', async () => {
    const slices = { namespace: 'ns', name: 'ext-1' }
    const slice = await api.client.get(endpointSlices, slices)
    await api.client.update(endpointSlices, { ...slice, endpoints: [] })
    expect((await get('/apis/ext.example.com/v1/things')).status).toBe(503)
    expect(await api.server.probe(await own())).toBe('no endpoints available for service "ext"')
  })
})

describe('the API server', () => {
  it('lists its own groups as local ones', async () => {
    const { items } = await api.client.list(apiServices)
    const names = items.map(({ metadata }) => metadata.name)
    expect(names).toEqual(
      expect.arrayContaining(['v1.', 'v1.apps', 'v1.batch', 'v1.rbac.authorization.k8s.io']),
    )
    const apps = items.find(({ metadata }) => metadata.name === 'v1.apps')
    expect(apps).toMatchObject({
      metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
      spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
      status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] },
    })
  })

  it('tells extension servers whom to believe', async () => {
    const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
    const { data } = await api.client.get(configMaps, key)
    expect(data?.['requestheader-allowed-names']).toBe('["front-proxy-client"]')
    expect(data?.['requestheader-client-ca-file']).toMatch(/^-----BEGIN CERTIFICATE-----/)
  })
})
