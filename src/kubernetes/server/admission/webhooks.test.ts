// Tests admission by webhooks against a real TLS server: what they are asked, and what comes of each answer.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { MutatingWebhook, ValidatingWebhook } from '../../../../generated/kubernetes.d.ts'
import {
  configMaps,
  mutatingWebhookConfigurations,
  namespaces,
  serviceAccounts,
  validatingWebhookConfigurations,
} from '../../client/resources.ts'
import { createMemoryStore } from '../../../store/memory-store.ts'
import type { ApiResponse } from '../http.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo } from '../testing/send.ts'
import { startTlsServer, type TlsServer } from '../testing/tls-server.ts'

interface Review {
  readonly apiVersion: string
  readonly kind: string
  readonly request: Record<string, unknown> & { readonly uid: string; readonly object: Json | null }
}
type Json = Record<string, unknown>

const base64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64')
const patchOf = (...operations: Json[]): Json => ({ patchType: 'JSONPatch', patch: base64(operations) })
const label = (key: string, value: string): Json => ({ op: 'add', path: `/data/${key}`, value })

// What the webhook answers under each path, beside `uid` and `allowed: true`.
const answers: Readonly<Record<string, (review: Review) => Json>> = {
  '/allow': () => ({}),
  '/deny': () => ({ allowed: false }),
  '/denymsg': () => ({ allowed: false, status: { message: 'no way' } }),
  '/denycode': () => ({
    allowed: false,
    status: {
      message: 'no way',
      reason: 'Teapot',
      code: 418,
      details: { causes: [{ reason: 'r', field: 'a.b' }] },
    },
  }),
  '/nouid': () => ({ uid: undefined }),
  '/patch': () => patchOf(label('a', 'b')),
  '/patchempty': () => patchOf(),
  '/scale': () => patchOf({ op: 'replace', path: '/spec/replicas', value: 3 }),
}

let api: ApiFixture
let hook: TlsServer

beforeAll(async () => {
  hook = await startTlsServer(({ url, body }, response) => {
    const path = url.split('?')[0] ?? ''
    const review = JSON.parse(body) as Review
    const { apiVersion } = review
    response.setHeader('content-type', 'application/json')
    if (path === '/500') response.statusCode = 500
    const answer = answers[path]?.(review) ?? {}
    const whole = {
      apiVersion,
      kind: 'AdmissionReview',
      response: { uid: review.request.uid, allowed: true, ...answer },
    }
    response.end(JSON.stringify(whole))
  })
  api = await createApiFixture()
  await api.client.create(namespaces, { metadata: { name: 'wh', labels: { team: 'a' } }, spec: {} })
})

afterEach(async () => {
  for (const resource of [mutatingWebhookConfigurations, validatingWebhookConfigurations]) {
    const { items } = await api.client.list(resource)
    for (const { metadata } of items) await api.client.delete(resource, { name: metadata.name })
  }
})

afterAll(async () => {
  await api.server.close()
  await hook[Symbol.asyncDispose]()
})

const webhook = (path: string, more: Partial<MutatingWebhook> = {}): MutatingWebhook & ValidatingWebhook => ({
  name: 'w.example.com',
  clientConfig: { url: `https://127.0.0.1:${hook.port}${path}`, caBundle: hook.caBundle },
  rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  timeoutSeconds: 2,
  ...more,
})

const validating = (...webhooks: ValidatingWebhook[]): Promise<unknown> =>
  api.client.create(validatingWebhookConfigurations, { metadata: { generateName: 'v-' }, webhooks })
const mutating = (...webhooks: MutatingWebhook[]): Promise<unknown> =>
  api.client.create(mutatingWebhookConfigurations, { metadata: { generateName: 'm-' }, webhooks })

const create = (object: Json = {}, query = '?dryRun=All'): Promise<ApiResponse> =>
  sendTo(api.server, 'POST', `/api/v1/namespaces/wh/configmaps${query}`, {
    body: { metadata: { name: 'x' }, ...object },
  })
const bodyOf = (response: ApiResponse): Json => JSON.parse(response.body as string) as Json
const reviews = (): Review[] => hook.received.map(({ body }) => JSON.parse(body) as Review)

const failed = 'Internal error occurred: failed calling webhook "w.example.com": '

describe('the answer of a validating webhook', () => {
  it('is passed on with its details', async () => {
    await validating(webhook('/denycode'))
    expect(bodyOf(await create())['details']).toEqual({ causes: [{ reason: 'r', field: 'a.b' }] })
  })

  it('does not count when it fails and failures are ignored; a refusal does', async () => {
    await validating(webhook('/500', { failurePolicy: 'Ignore' }))
    expect((await create()).status).toBe(201)
    await validating(webhook('/denymsg', { failurePolicy: 'Ignore' }))
    expect((await create()).status).toBe(400)
  })
})

describe('the question to a webhook', () => {
  it('is the one that Kubernetes asks', async () => {
    await validating(webhook('/allow'))
    await create({ data: { k: 'v' } }, '?dryRun=All&fieldManager=me')
    const { url, headers } = hook.received.at(-1) ?? {}
    expect(url).toBe('/allow?timeout=2s')
    expect(headers).toMatchObject({
      'user-agent': 'kube-apiserver-admission',
      accept: 'application/json, */*',
      'content-type': 'application/json',
    })
    expect(reviews().at(-1)).toEqual({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
        requestResource: { group: '', version: 'v1', resource: 'configmaps' },
        name: 'x',
        namespace: 'wh',
        operation: 'CREATE',
        userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
        object: expect.objectContaining({ kind: 'ConfigMap', apiVersion: 'v1', data: { k: 'v' } }) as Json,
        oldObject: null,
        dryRun: true,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', dryRun: ['All'], fieldManager: 'me' },
      },
    })
  })

  it('is asked of updates and deletions with the object before', async () => {
    await create({ data: { k: '1' } }, '')
    await validating(webhook('/allow'))
    const at = '/api/v1/namespaces/wh/configmaps/x'
    const headers = { 'content-type': 'application/merge-patch+json' }
    await sendTo(api.server, 'PATCH', at, { body: { data: { k: '2' } }, headers })
    expect(reviews().at(-1)?.request).toMatchObject({
      operation: 'UPDATE',
      object: { data: { k: '2' } },
      oldObject: { data: { k: '1' } },
      options: { kind: 'UpdateOptions' },
    })
    await sendTo(api.server, 'DELETE', at, { body: { propagationPolicy: 'Background' } })
    expect(reviews().at(-1)?.request).toMatchObject({
      operation: 'DELETE',
      name: 'x',
      object: null,
      oldObject: { data: { k: '2' } },
      options: { kind: 'DeleteOptions', propagationPolicy: 'Background' },
    })
  })

  it('is asked in the first version that the webhook takes', async () => {
    await validating(webhook('/nouid', { admissionReviewVersions: ['v1beta1', 'v1'] }))
    expect((await create()).status).toBe(201)
    expect(reviews().at(-1)?.apiVersion).toBe('admission.k8s.io/v1beta1')
  })

  it('is not asked about what its rules and selectors leave out', async () => {
    const rule = { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }
    const rules = (more: object): Partial<MutatingWebhook> => ({
      rules: [{ ...rule, ...more }] as NonNullable<MutatingWebhook['rules']>,
    })
    const before = hook.received.length
    await validating(
      webhook('/deny', { name: 'a.example.com', ...rules({ operations: ['UPDATE', 'DELETE'] }) }),
      webhook('/deny', { name: 'b.example.com', ...rules({ scope: 'Cluster' }) }),
      webhook('/deny', { name: 'c.example.com', ...rules({ resources: ['configmaps/status', 'secrets'] }) }),
      webhook('/deny', { name: 'd.example.com', namespaceSelector: { matchLabels: { team: 'b' } } }),
      webhook('/deny', { name: 'e.example.com', objectSelector: { matchLabels: { yes: 'y' } } }),
    )
    expect((await create()).status).toBe(201)
    expect(hook.received.length).toBe(before)
    const labeled = { metadata: { name: 'x', labels: { yes: 'y' } } }
    expect((await create(labeled)).status).toBe(400)
  })

  it.each([
    { expression: 'object.metadata.name == "other"', status: 201 },
    { expression: 'request.operation == "CREATE" && request.dryRun', status: 400 },
    {
      expression: 'object.data.a.b == "x"',
      status: 403,
      message:
        'configmaps "x" is forbidden: expression \'object.data.a.b == "x"\' resulted in error: no such key: data',
    },
    { expression: 'object.data.a.b == "x"', failurePolicy: 'Ignore' as const, status: 201 },
    { expression: '!authorizer.requestResource.check("create").allowed()', status: 201 },
  ])('has match conditions: $expression ends in $status', async (row) => {
    const { expression, failurePolicy = 'Fail', status, message } = row
    const matchConditions = [{ name: 'c', expression }]
    await validating(webhook('/denymsg', { matchConditions, failurePolicy }))
    const response = await create()
    expect(response.status).toBe(status)
    if (message !== undefined) expect(bodyOf(response)['message']).toBe(message)
  })

  it('is never about webhooks themselves', async () => {
    const everything = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }]
    await validating(webhook('/deny', { rules: everything as NonNullable<MutatingWebhook['rules']> }))
    expect((await create()).status).toBe(400)
    const [configuration] = (await api.client.list(validatingWebhookConfigurations)).items
    const name = configuration?.metadata.name ?? ''
    await api.client.delete(validatingWebhookConfigurations, { name })
    expect((await create()).status).toBe(201)
  })

  it('is in the version of the rule when that is equivalent, and not asked when it must be exact', async () => {
    const rules: MutatingWebhook['rules'] = [
      { operations: ['CREATE'], apiGroups: ['events.k8s.io'], apiVersions: ['v1'], resources: ['events'] },
    ]
    await validating(webhook('/deny', { name: 'a.example.com', rules, matchPolicy: 'Exact' }))
    await validating(webhook('/allow', { rules }))
    const event = {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'wh' },
      reason: 'R',
      message: 'said',
      type: 'Normal',
    }
    const response = await sendTo(api.server, 'POST', '/api/v1/namespaces/wh/events', { body: event })
    expect(response.status).toBe(201)
    expect(reviews().at(-1)?.request).toMatchObject({
      kind: { group: 'events.k8s.io', version: 'v1', kind: 'Event' },
      resource: { group: 'events.k8s.io', version: 'v1', resource: 'events' },
      requestKind: { group: '', version: 'v1', kind: 'Event' },
      requestResource: { group: '', version: 'v1', resource: 'events' },
      object: { apiVersion: 'events.k8s.io/v1', note: 'said', regarding: { kind: 'Pod', name: 'p' } },
    })
  })
})

describe('a mutating webhook', () => {
  it('changes the object, and validating ones see that', async () => {
    await mutating(webhook('/patch'), webhook('/patchempty', { name: 'z.example.com' }))
    await validating(webhook('/allow'))
    expect(bodyOf(await create({ data: { k: 'v' } }))['data']).toEqual({ k: 'v', a: 'b' })
    expect(reviews().at(-1)?.request.object).toMatchObject({ data: { k: 'v', a: 'b' } })
  })

  it('cannot change what is deleted', async () => {
    await api.client.create(configMaps, { metadata: { name: 'gone', namespace: 'wh' } })
    await mutating(webhook('/patch'))
    const response = await sendTo(api.server, 'DELETE', '/api/v1/namespaces/wh/configmaps/gone')
    expect(bodyOf(response)['message']).toBe(
      'Internal error occurred: admission webhook "w.example.com" attempted to modify the object, which is not supported for this operation',
    )
  })

  it('is asked once more when a later one changes the object and it wants that', async () => {
    const paths = (): (string | undefined)[] => hook.received.slice(start).map(({ url }) => url.split('?')[0])
    await mutating(
      webhook('/allow', { name: 'a.example.com', reinvocationPolicy: 'IfNeeded' }),
      webhook('/denied', { name: 'b.example.com' }),
      webhook('/patch', { name: 'c.example.com', reinvocationPolicy: 'IfNeeded' }),
    )
    const start = hook.received.length
    expect((await create({ data: { k: 'v' } })).status).toBe(201)
    expect(paths()).toEqual(['/allow', '/denied', '/patch', '/allow'])
  })
})

describe('a webhook that is down', () => {
  it('refuses every write that it is for', async () => {
    const clientConfig = { service: { namespace: 'wh', name: 'gone', path: '/x' } }
    const rules: MutatingWebhook['rules'] = [
      { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] },
    ]
    await mutating(webhook('/x', { clientConfig, rules }))
    const response = await create()
    expect(response.status).toBe(500)
    expect(bodyOf(response)['message']).toBe(
      `${failed}failed to call webhook: Post "https://gone.wh.svc:443/x?timeout=2s": service "gone" not found`,
    )
  })

  it('does not keep its cluster from starting', async () => {
    const store = createMemoryStore()
    const first = await createApiFixture({ store })
    const rules: MutatingWebhook['rules'] = [
      { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] },
    ]
    const clientConfig = { service: { namespace: 'wh', name: 'gone', path: '/x' } }
    await first.client.create(mutatingWebhookConfigurations, {
      metadata: { name: 'all' },
      webhooks: [webhook('/x', { clientConfig, rules })],
    })
    // What a start puts back.
    await store.commit({ operations: [{ type: 'delete', key: '/test/core/services/default/kubernetes' }] })
    await first.server.close()
    const second = await createApiFixture({ store })
    const services = await sendTo(second.server, 'GET', '/api/v1/namespaces/default/services/kubernetes')
    expect(services.status).toBe(200)
    await second.server.close()
  })
})

describe('what is no plain write', () => {
  const everything: MutatingWebhook['rules'] = [
    { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] },
  ]
  const at = '/api/v1/namespaces/wh'
  const asked = (): Record<string, unknown>[] => reviews().map(({ request }) => request)

  beforeAll(async () => {
    await api.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'wh' } })
  })

  it('is asked about as what is sent: a Binding, an Eviction, a TokenRequest', async () => {
    const spec = { containers: [{ name: 'c', image: 'i' }] }
    const start = async (name: string): Promise<void> => {
      await sendTo(api.server, 'POST', `${at}/pods`, { body: { metadata: { name }, spec } })
    }
    await start('bound')
    await validating(webhook('/allow', { rules: everything }))
    const before = hook.received.length
    const binding = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'n' } }
    expect((await sendTo(api.server, 'POST', `${at}/pods/bound/binding`, { body: binding })).status).toBe(201)
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'bound' } }
    expect((await sendTo(api.server, 'POST', `${at}/pods/bound/eviction`, { body: eviction })).status).toBe(
      201,
    )
    const token = { spec: { expirationSeconds: 600 } }
    const account = `${at}/serviceaccounts/default/token`
    expect((await sendTo(api.server, 'POST', account, { body: token })).status).toBe(201)
    expect(asked().slice(before)).toMatchObject([
      { operation: 'CREATE', subResource: 'binding', kind: { group: '', kind: 'Binding' }, name: 'bound' },
      { operation: 'CREATE', subResource: 'eviction', kind: { group: 'policy', kind: 'Eviction' } },
      { operation: 'CREATE', subResource: 'token', kind: { kind: 'TokenRequest' }, object: token },
    ])
  })

  it('is a Scale, before and after', async () => {
    const labels = { app: 'a' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const body = {
      metadata: { name: 'd' },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    }
    const deployments = '/apis/apps/v1/namespaces/wh/deployments'
    await sendTo(api.server, 'POST', deployments, { body })
    await mutating(webhook('/scale', { rules: everything }))
    const headers = { 'content-type': 'application/merge-patch+json' }
    const scaled = await sendTo(api.server, 'PATCH', `${deployments}/d/scale`, {
      body: { spec: { replicas: 9 } },
      headers,
    })
    expect(asked().at(-1)).toMatchObject({
      operation: 'UPDATE',
      subResource: 'scale',
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      resource: { group: 'apps', resource: 'deployments' },
      object: { spec: { replicas: 9 } },
      oldObject: { spec: { replicas: 1 } },
    })
    expect(bodyOf(scaled)['spec']).toEqual({ replicas: 3 })
  })

  it('is a connection with its options', async () => {
    await sendTo(api.server, 'POST', `${at}/services`, {
      body: { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } },
    })
    await validating(webhook('/denymsg', { rules: everything }))
    const refused = await sendTo(api.server, 'GET', `${at}/services/web:80/proxy/a/b`)
    expect(bodyOf(refused)['message']).toBe('admission webhook "w.example.com" denied the request: no way')
    expect(asked().at(-1)).toMatchObject({
      operation: 'CONNECT',
      subResource: 'proxy',
      kind: { group: '', version: 'v1', kind: 'ServiceProxyOptions' },
      resource: { resource: 'services' },
      name: 'web:80',
      options: null,
    })
  })
})
