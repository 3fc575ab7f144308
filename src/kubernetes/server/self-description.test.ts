// What the server says of itself: its paths, its health, its figures, its version, the keys of its tokens.
import { beforeAll, describe, expect, it } from 'vitest'

import { configMaps } from '../client/resources.ts'
import type { ApiResponse } from './http.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo } from './testing/send.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture({ version: '1.35' })
})

function get(url: string, headers: Record<string, string> = {}): Promise<ApiResponse> {
  return sendTo(fixture.server, 'GET', url, { headers })
}

async function text(url: string): Promise<string> {
  return (await get(url)).body as string
}

describe('/', () => {
  it('lists paths, each of which is served', async () => {
    const { paths } = JSON.parse(await text('/')) as { paths: string[] }
    expect(paths).toEqual(paths.toSorted())
    expect(paths).toContain('/apis/apps/v1')
    expect(paths).toContain('/livez/poststarthook/rbac/bootstrap-roles')
    for (const path of paths) {
      expect([path, (await get(path)).status]).toEqual([path, 200])
    }
  })
})

describe('health', () => {
  it('says ok, or each check by its name', async () => {
    expect(await text('/readyz')).toBe('ok')
    const verbose = (await text('/readyz?verbose')).split('\n')
    expect(verbose.slice(0, 5)).toEqual([
      '[+]ping ok',
      '[+]log ok',
      '[+]etcd ok',
      '[+]etcd-readiness ok',
      '[+]informer-sync ok',
    ])
    expect(verbose.slice(-3)).toEqual(['[+]shutdown ok', 'readyz check passed', ''])
    expect(await text('/livez?verbose')).not.toContain('shutdown')
    expect(await text('/healthz/etcd')).toBe('ok')
    expect((await get('/livez/nope')).status).toBe(404)
  })

  it('leaves out what it is told to, and says so of what there is not', async () => {
    const lines = (await text('/livez?verbose&exclude=etcd&exclude=zz')).split('\n')
    expect(lines[2]).toBe('[+]etcd excluded: ok')
    expect(lines.at(-3)).toBe('warn: some health checks cannot be excluded: no matches for "zz"')
  })

  it('is not ready once it closes, and lives on', async () => {
    const closing = await createApiFixture()
    await closing.server.close()
    const ready = await sendTo(closing.server, 'GET', '/readyz')
    expect(ready.status).toBe(500)
    expect(ready.body).toContain('[-]shutdown failed: reason withheld\nreadyz check failed\n')
    expect((await sendTo(closing.server, 'GET', '/livez')).status).toBe(200)
  })
})

describe('/metrics', () => {
  it('counts what was asked, and how it was answered', async () => {
    const maps = '/api/v1/namespaces/default/configmaps'
    const body = { metadata: { name: 'counted' } }
    await sendTo(fixture.server, 'POST', maps, { body })
    await sendTo(fixture.server, 'POST', `${maps}?dryRun=All`, { body: { metadata: { name: 'dry' } } })
    await get(maps)
    await get('/api/v1/namespaces/default/inventions')
    await get('/inventions')
    const lines = (await text('/metrics')).split('\n')
    const labels = 'component="apiserver",dry_run="",group="",resource="configmaps"'
    expect(lines).toContain(
      `apiserver_request_total{code="201",${labels},scope="namespace",subresource="",verb="POST",version="v1"} 1`,
    )
    expect(lines).toContain(
      `apiserver_request_total{code="200",${labels},scope="namespace",subresource="",verb="LIST",version="v1"} 1`,
    )
    expect(lines.filter((line) => line.includes('dry_run="All"') && line.includes('_total'))).toHaveLength(1)
    expect(lines.filter((line) => line.includes('inventions'))).toEqual([])
    const { items } = await fixture.client.list(configMaps)
    expect(lines).toContain(`apiserver_resource_objects{group="",resource="configmaps"} ${items.length}`)
    expect(lines).toContain('apiserver_current_inflight_requests{request_kind="readOnly"} 1')
  })

  it('is text that Prometheus reads: a type for each family, buckets that only grow', async () => {
    const lines = (await text('/metrics')).trimEnd().split('\n')
    const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2] ?? '')
    expect(new Set(families).size).toBe(families.length)
    for (const line of lines.filter((one) => !one.startsWith('#'))) {
      expect(line).toMatch(/^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [\d.e+-]+$/)
      expect(families.some((family) => line.startsWith(family))).toBe(true)
    }
    const buckets = lines.filter((line) => line.includes('_bucket') && line.includes('verb="LIST"'))
    const counts = buckets.map((line) => Number(line.split(' ').at(-1)))
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })

  it('knows a watch while it lasts', async () => {
    const running = async (): Promise<string[]> =>
      (await text('/metrics'))
        .split('\n')
        .filter((line) => line.startsWith('apiserver_longrunning_requests{'))
    const { body } = await get('/api/v1/secrets?watch=1')
    const stream = (body as AsyncIterable<string>)[Symbol.asyncIterator]()
    const first = stream.next()
    expect((await running()).map((line) => line.split(' ').at(-1))).toEqual(['1'])
    await Promise.race([first, Promise.resolve()])
    await fixture.client.create(configMaps, { metadata: { name: 'other', namespace: 'default' } })
  })

  it('has the health checks apart', async () => {
    expect(await text('/metrics/slis')).toContain('kubernetes_healthcheck{name="etcd",type="readyz"} 1')
  })
})

it('names the versions that it acts as', async () => {
  expect(JSON.parse(await text('/version'))).toMatchObject({
    major: '1',
    minor: '35',
    emulationMajor: '1',
    emulationMinor: '35',
    minCompatibilityMinor: '34',
  })
})

it('sends the keys of its tokens as what they are, and as nothing else', async () => {
  const keys = await get('/openid/v1/jwks', { accept: 'application/jwk-set+json' })
  expect(keys).toMatchObject({ status: 200, headers: { 'content-type': 'application/jwk-set+json' } })
  expect((await get('/openid/v1/jwks', { accept: 'application/json' })).status).toBe(406)
  const { issuer } = JSON.parse(await text('/.well-known/openid-configuration')) as { issuer: string }
  expect(issuer).toBe('https://oidc.test/id/1')
})

it('names every answer, as the client does when it does', async () => {
  expect((await get('/version')).headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/)
  expect((await get('/version', { 'audit-id': 'mine' })).headers['audit-id']).toBe('mine')
})
