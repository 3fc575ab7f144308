import { describe, expect, it } from 'vitest'

import { metricsKinds } from '../resources/metrics.ts'
import { createApiFixture } from './testing/api-fixture.ts'

const reading = { timestamp: '2026-11-26T00:00:00Z', window: '15s' }

async function metricsApi() {
  const { server } = await createApiFixture()
  const pod = (namespace: string, name: string, labels: Record<string, string>) => ({
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'PodMetrics',
    metadata: { name, namespace, labels, uid: '', resourceVersion: '', creationTimestamp: reading.timestamp },
    ...reading,
    containers: [
      { name: 'a', usage: { cpu: '1000n', memory: '10Ki' } },
      { name: 'b', usage: { cpu: '0', memory: '5Ki' } },
    ],
  })
  const source = { pods: () => [pod('shop', 'web', { app: 'web' }), pod('db', 'main', {})], nodes: () => [] }
  const removals = metricsKinds(source).map((kind) => server.addKind(kind))
  const ask = async (path: string, accept = 'application/json', method = 'GET') => {
    const { status, body } = await server.handle({
      method,
      url: path,
      headers: { authorization: 'Bearer admin', accept, 'content-type': 'application/json' },
      body: Buffer.from(method === 'GET' ? '' : '{}'),
      signal: AbortSignal.timeout(10_000),
    })
    const text = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body).toString() : ''
    // What is not there at all is answered in plain text.
    return { status, body: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown> }
  }
  return { ask, remove: () => removals.forEach((remove) => remove()) }
}

const BASE = '/apis/metrics.k8s.io/v1beta1'

describe('a kind that is computed', () => {
  it('is in the discovery while it is there', async () => {
    const { ask, remove } = await metricsApi()
    expect((await ask(BASE)).body).toMatchObject({
      resources: [
        { name: 'nodes', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
        { name: 'pods', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
      ],
    })
    remove()
    expect((await ask(BASE)).status).toBe(404)
  })

  it('is listed by namespace and label, and read by name', async () => {
    const { ask } = await metricsApi()
    const names = async (path: string): Promise<unknown> =>
      ((await ask(path)).body['items'] as { metadata: { name: string } }[]).map(
        ({ metadata }) => metadata.name,
      )
    expect(await names(`${BASE}/pods`)).toEqual(['web', 'main'])
    expect(await names(`${BASE}/namespaces/db/pods`)).toEqual(['main'])
    expect(await names(`${BASE}/pods?labelSelector=app%3Dweb`)).toEqual(['web'])
    expect(await ask(`${BASE}/namespaces/shop/pods/web`)).toMatchObject({
      status: 200,
      body: { window: '15s' },
    })
    expect(await ask(`${BASE}/namespaces/shop/pods/main`)).toMatchObject({
      status: 404,
      body: { message: 'pods.metrics.k8s.io "main" not found' },
    })
  })

  it('is printed as a table', async () => {
    const { ask } = await metricsApi()
    const table = await ask(`${BASE}/namespaces/shop/pods`, 'application/json;as=Table;v=v1;g=meta.k8s.io')
    expect(table.body['rows']).toMatchObject([{ cells: ['web', '1000n', '15Ki', '15s'] }])
  })

  it.each(['POST', 'DELETE'])('refuses %s', async (method) => {
    const { ask } = await metricsApi()
    expect((await ask(`${BASE}/namespaces/shop/pods`, 'application/json', method)).status).toBe(405)
  })

  it('is not in the OpenAPI documents, which others of its kind publish themselves', async () => {
    const { ask } = await metricsApi()
    expect((await ask('/openapi/v3')).body['paths']).not.toHaveProperty('apis/metrics.k8s.io/v1beta1')
  })
})
