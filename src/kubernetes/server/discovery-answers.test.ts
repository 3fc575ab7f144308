// What kube-apiserver v1.35.4 answered at the paths of discovery.
import { beforeAll, expect, it } from 'vitest'

import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo, wholeText } from './testing/send.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture({ version: '1.35' })
})

async function json(path: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  return JSON.parse(wholeText(await sendTo(fixture.server, 'GET', path, { headers }))) as Record<
    string,
    unknown
  >
}

it.each([
  ['/api/v1', 'events', 'r2yiGXH7wu8='],
  ['/api/v1', 'configmaps', 'qFsyl6wFWjQ='],
  ['/api/v1', 'pods', 'xPOwRZ+Yhw8='],
  ['/apis/events.k8s.io/v1', 'events', 'r2yiGXH7wu8='],
  ['/apis/autoscaling/v1', 'horizontalpodautoscalers', 'qwQve8ut294='],
  ['/apis/apps/v1', 'deployments', '8aSe+NMegvE='],
  ['/apis/apps/v1', 'deployments/scale', undefined],
  ['/apis/authentication.k8s.io/v1', 'tokenreviews', undefined],
])('says at %s in which version %s are stored', async (path, name, hash) => {
  const { resources } = await json(path)
  expect((resources as { name: string }[]).find((each) => each.name === name)).toMatchObject({ name })
  expect(resources).toContainEqual(
    hash === undefined
      ? expect.not.objectContaining({ storageVersionHash: expect.anything() as unknown })
      : expect.objectContaining({ name, storageVersionHash: hash }),
  )
})

it('gives the core group no version of its own, and says where it was asked', async () => {
  expect(await json('/api/v1')).not.toHaveProperty('apiVersion')
  expect(await json('/apis/apps/v1')).toHaveProperty('apiVersion', 'v1')
  expect(await json('/api', { host: 'cluster.test:443' })).toEqual({
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'cluster.test:443' }],
  })
})

it('sends the aggregated form to nobody who has it', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const first = await sendTo(fixture.server, 'GET', '/apis', { headers: { accept } })
  const etag = String(first.headers['etag'])
  expect(first.headers).toMatchObject({ vary: 'Accept' })
  expect(etag).toMatch(/^"[0-9A-F]{128}"$/)
  const again = await sendTo(fixture.server, 'GET', '/apis', { headers: { accept, 'if-none-match': etag } })
  expect([again.status, wholeText(again)]).toEqual([304, ''])
  // A client's cache would take it over.
  expect(again.headers).not.toHaveProperty('content-type')
  const other = await sendTo(fixture.server, 'GET', '/api', { headers: { accept, 'if-none-match': etag } })
  expect(other.status).toBe(200)
})

it.each(['/api/v2', '/apis/apps/v2'])('misses %s as a resource is missed', async (path) => {
  const answer = await sendTo(fixture.server, 'GET', path)
  expect(answer.status).toBe(404)
  expect(JSON.parse(wholeText(answer))).toMatchObject({
    kind: 'Status',
    message: 'the server could not find the requested resource',
    reason: 'NotFound',
  })
})

it.each(['/apis/nope', '/nope'])('knows nothing of %s', async (path) => {
  const answer = await sendTo(fixture.server, 'GET', path)
  expect([answer.status, wholeText(answer)]).toEqual([404, '404 page not found\n'])
})
