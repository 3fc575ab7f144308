// Conversion webhooks on a real API server: what they are asked, and what clients of other versions see.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { recordedRows } from '../../base/testing/recorded-rows.ts'
import { startTlsServer, type TlsServer } from '../../kubernetes/server/testing/tls-server.ts'
import {
  createDefinitionsFixture,
  definitionOf,
  type DefinitionsFixture,
  type Json,
} from './testing/definitions-fixture.ts'

interface Review {
  readonly request: { readonly uid: string; readonly desiredAPIVersion: string; readonly objects: Json[] }
}

let fixture: DefinitionsFixture
let webhook: TlsServer
let mode = ''

// The second version has `a` and `b` where the first has both in one text.
function converted(object: Json, apiVersion: string): Json {
  const { both, a, b, ...rest } = object
  if (apiVersion === 'ex.com/v1') return { ...rest, apiVersion, both: `${String(a)}:${String(b)}` }
  const [first, second] = String(both).split(':')
  return { ...rest, apiVersion, a: first, b: second }
}

beforeAll(async () => {
  webhook = await startTlsServer(({ body }, response) => {
    const { request } = JSON.parse(body) as Review
    const { uid, desiredAPIVersion, objects } = request
    const answers: Readonly<Record<string, Json>> = {
      convfail: { uid, result: { status: 'Failure', message: 'nope' }, convertedObjects: [] },
      convbad: { uid, result: { status: 'Success' }, convertedObjects: [] },
      other: { uid: 'x', result: { status: 'Success' }, convertedObjects: [] },
      same: { uid, result: { status: 'Success' }, convertedObjects: objects },
    }
    const convertedObjects = objects.map((object) => converted(object, desiredAPIVersion))
    const good = { uid, result: { status: 'Success' }, convertedObjects }
    response.setHeader('content-type', 'application/json')
    if (mode === '500') response.statusCode = 500
    if (mode === '500' || mode === 'garbage') return void response.end(mode === '500' ? '' : '"x"')
    const review = mode === 'slow' ? 'AdmissionReview' : 'ConversionReview'
    const kind = mode === 'nokind' ? {} : { kind: review, apiVersion: 'apiextensions.k8s.io/v1' }
    response.end(JSON.stringify({ ...kind, response: answers[mode] ?? good }))
  })
  fixture = await createDefinitionsFixture()
  const definition = definitionOf('Gizmo', {}, { deprecated: true }) as { spec: Json }
  definition.spec['conversion'] = {
    strategy: 'Webhook',
    webhook: {
      conversionReviewVersions: ['v1'],
      clientConfig: { url: `https://127.0.0.1:${webhook.port}/conv`, caBundle: webhook.caBundle },
    },
  }
  await fixture.define(definition as unknown as Json)
  await send('POST', 'v1', '', { metadata: { name: 'old' }, both: 'x:y' })
})

afterAll(async () => {
  await fixture[Symbol.asyncDispose]()
  await webhook[Symbol.asyncDispose]()
})

function send(method: string, version: string, name: string, body?: Json): ReturnType<typeof fixture.send> {
  const path = `/apis/ex.com/${version}/namespaces/d/gizmos${name && `/${name}`}`
  const type = method === 'PATCH' ? { type: 'application/merge-patch+json' } : {}
  const typed = method === 'POST' ? { apiVersion: `ex.com/${version}`, kind: 'Gizmo', ...body } : body
  return fixture.send(method, path, body ? { body: typed, ...type } : {})
}

describe('a version that is not stored', () => {
  it('is what the webhook makes of the stored one, which it is asked for once', async () => {
    expect((await send('GET', 'v1', 'old')).body).toMatchObject({ both: 'x:y' })
    expect(webhook.received).toHaveLength(0)
    const { body } = await send('GET', 'v2', 'old')
    expect(body).toMatchObject({ apiVersion: 'ex.com/v2', a: 'x', b: 'y', metadata: { name: 'old' } })
    expect((body['metadata'] as Json)['resourceVersion']).toMatch(/^\d+$/)
    expect((await send('GET', 'v2', '')).body).toMatchObject({ items: [{ a: 'x', b: 'y' }] })
    expect(webhook.received).toHaveLength(1)
    const [{ url, body: asked } = { url: '', body: '' }] = webhook.received
    expect(url).toBe('/conv?timeout=30s')
    expect(JSON.parse(asked)).toMatchObject({
      kind: 'ConversionReview',
      apiVersion: 'apiextensions.k8s.io/v1',
      request: { desiredAPIVersion: 'ex.com/v2', objects: [{ apiVersion: 'ex.com/v1', both: 'x:y' }] },
      response: { uid: '', convertedObjects: null, result: { metadata: {} } },
    })
  })

  it('is converted as it is written', async () => {
    expect(await send('POST', 'v2', '', { metadata: { name: 'new' }, a: '1', b: '2' })).toMatchObject({
      status: 201,
      body: { apiVersion: 'ex.com/v2', a: '1', b: '2' },
    })
    expect((await send('GET', 'v1', 'new')).body).toMatchObject({ apiVersion: 'ex.com/v1', both: '1:2' })
    expect((await send('PATCH', 'v2', 'new', { b: '3' })).body).toMatchObject({ a: '1', b: '3' })
    expect((await send('GET', 'v1', 'new')).body).toMatchObject({ both: '1:3' })
    expect((await send('DELETE', 'v2', 'new')).status).toBe(200)
  })

  it('is watched in the order of its changes', async () => {
    const abort = new AbortController()
    const resource = { group: 'ex.com', version: 'v2', plural: 'gizmos', kind: 'Gizmo', namespaced: true }
    const events = fixture.client
      .watch(resource, { resourceVersion: '0', signal: abort.signal })
      [Symbol.asyncIterator]()
    const next = async (): Promise<unknown> => (await events.next()).value as unknown
    expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'old' }, a: 'x' } })
    await send('POST', 'v1', '', { metadata: { name: 'seen' }, both: '1:2' })
    await send('PATCH', 'v1', 'seen', { both: '1:3' })
    expect(await next()).toMatchObject({ type: 'ADDED', object: { a: '1', b: '2' } })
    expect(await next()).toMatchObject({ type: 'MODIFIED', object: { a: '1', b: '3' } })
    await send('DELETE', 'v1', 'seen')
    expect(await next()).toMatchObject({ type: 'DELETED', object: { a: '1', b: '3' } })
    abort.abort()
  })
})

interface Recorded {
  readonly verb: 'get' | 'list'
  /** What the webhook does. */
  readonly mode: string
  readonly status: number
  readonly message?: string
  readonly warnings: readonly string[]
}

describe('a webhook', () => {
  // What kube-apiserver v1.35.4 answered.
  it.each(recordedRows<Recorded>(new URL('testing/conversions.jsonl', import.meta.url)))(
    'at a $verb: $mode',
    async ({ verb, mode: recorded, status, message, warnings }) => {
      mode = 'conv'
      // A new version of the object, which nobody has converted yet.
      await send('PATCH', 'v1', 'old', { metadata: { labels: { recorded, verb } } })
      mode = recorded
      const answer = await send('GET', 'v2', verb === 'get' ? 'old' : '')
      expect(answer).toMatchObject({ status, warnings: warnings.join() })
      if (message !== undefined) expect(answer.body['message']).toBe(message)
    },
  )

  const HEAD = 'conversion webhook for ex.com/v1, Kind=Gizmo'

  it.each([
    [
      'same',
      'returned invalid object at index 0: invalid groupVersion (expected ex.com/v2, received ex.com/v1)',
    ],
  ])('whose answer is %s fails what needs it', async (which, words) => {
    mode = ''
    await send('PATCH', 'v1', 'old', { metadata: { labels: { which } } })
    mode = which
    for (const name of ['old', '']) {
      expect(await send('GET', 'v2', name)).toMatchObject({
        status: 500,
        body: { message: `${HEAD} ${words}` },
      })
    }
    expect((await send('GET', 'v1', 'old')).status).toBe(200)
  })

  it('must answer the request that it was sent', async () => {
    mode = 'other'
    const { body } = await send('GET', 'v2', 'old')
    expect(body['message']).toMatch(/failed: expected response\.uid="[0-9a-f-]+", got "x"$/)
  })
})
