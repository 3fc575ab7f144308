// What clients get wrong, and that the answer says so: never a failure of the server.
import { connect } from 'node:tls'

import { beforeAll, describe, expect, it } from 'vitest'

import { systemClock } from '../../base/clock.ts'
import { randomIds } from '../../base/ids.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import { configMaps, pods, serviceAccounts } from '../client/resources.ts'
import { createClusterCertificates } from './certificates.ts'
import type { ApiResponse } from './http.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo, type Sent } from './testing/send.ts'

const ns = '/api/v1/namespaces/default'
const maps = `${ns}/configmaps`
let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  const { client } = fixture
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
  await client.create(configMaps, { metadata: { name: 'm', namespace: 'default' }, data: { a: '1' } })
  const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] }
  await client.create(pods, { metadata: { name: 'p', namespace: 'default' }, spec })
})

function send(method: string, url: string, sent?: Sent): Promise<ApiResponse> {
  return sendTo(fixture.server, method, url, sent)
}

interface Status {
  readonly message: string
  readonly reason?: string
  readonly details?: { readonly causes?: readonly { field: string }[] }
}

async function refused(method: string, url: string, sent?: Sent): Promise<Status & { status: number }> {
  const response = await send(method, url, sent)
  expect(typeof response.body).toBe('string')
  return { ...(JSON.parse(response.body as string) as Status), status: response.status }
}

const template = (container: object): object => ({
  selector: { matchLabels: { a: 'b' } },
  template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } },
})

describe('an object with a list item that lacks its key', () => {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' }

  it.each<[string, object, string]>([
    ['a container without a name', { image: 'i' }, 'spec.template.spec.containers[0].name: Required value'],
    [
      'a port without a number',
      { name: 'c', image: 'i', ports: [{ name: 'http' }] },
      'spec.template.spec.containers[0].ports[0].containerPort: Required value',
    ],
    [
      'a variable without a name',
      { name: 'c', image: 'i', env: [{ value: 'x' }] },
      'spec.template.spec.containers[0].env[0].name: Required value',
    ],
    [
      'a mount without a path',
      { name: 'c', image: 'i', volumeMounts: [{ name: 'v' }] },
      'spec.template.spec.containers[0].volumeMounts[0].mountPath: Required value',
    ],
  ])('%s', async (_what, container, message) => {
    const body = { ...deployment, metadata: { name: 'x' }, spec: template(container) }
    const answer = await refused('POST', '/apis/apps/v1/namespaces/default/deployments', { body })
    expect(answer).toMatchObject({ status: 422, reason: 'Invalid' })
    expect(answer.message).toContain(message)
  })

  it('a port of a service without a number', async () => {
    const body = { metadata: { name: 'x' }, spec: { ports: [{ name: 'a' }] } }
    const answer = await refused('POST', `${ns}/services`, { body })
    expect(answer.message).toContain('spec.ports[0].port: Invalid value: 0: must be between 1 and 65535')
  })

  it('an owner without a uid or a name', async () => {
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod' }]
    const answer = await refused('POST', maps, { body: { metadata: { name: 'x', ownerReferences } } })
    expect(answer).toMatchObject({ status: 422 })
    expect(answer.details?.causes?.map(({ field }) => field)).toEqual([
      'metadata.ownerReferences.name',
      'metadata.ownerReferences.uid',
    ])
  })

  it('is answered in the same words by apply and by patches', async () => {
    const url = '/apis/apps/v1/namespaces/default/deployments/x'
    const spec = template({ image: 'i' })
    const apply = { 'content-type': 'application/apply-patch+yaml' }
    const body = { ...deployment, metadata: { name: 'x' }, spec }
    expect(await refused('PATCH', `${url}?fieldManager=m`, { body, headers: apply })).toMatchObject({
      status: 500,
      message:
        'failed to create typed patch object (/x; apps/v1, Kind=Deployment): .spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
    })
    const made = { ...body, spec: template({ name: 'c', image: 'i' }) }
    expect((await send('POST', url.replace('/x', ''), { body: made })).status).toBe(201)
    const merge = { 'content-type': 'application/merge-patch+json' }
    expect(await refused('PATCH', url, { body: { spec }, headers: merge })).toMatchObject({ status: 422 })
  })
})

it('with YAML keys that stand twice is refused by their lines when reading is strict', async () => {
  const body = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\ndata:\n  a: x\n  a: y\n'
  const complaint = 'yaml: unmarshal errors:\n  line 6: key "a" already set in map'
  const apply = { body, headers: { 'content-type': 'application/apply-patch+yaml' } }
  const url = `${maps}/twice?fieldManager=m&fieldValidation`
  expect(await refused('PATCH', `${url}=Strict`, apply)).toMatchObject({
    status: 400,
    message: `error strict decoding YAML: ${complaint}`,
  })
  const create = { body, headers: { 'content-type': 'application/yaml' } }
  expect(await refused('POST', `${maps}?fieldValidation=Strict`, create)).toMatchObject({
    status: 400,
    message: expect.stringContaining(`strict decoding error: ${complaint}`) as string,
  })
  expect((await send('PATCH', `${url}=Ignore`, apply)).status).toBe(201)
  expect((await send('GET', `${maps}/twice`)).body).toContain('"data":{"a":"y"}')
})

describe('a request', () => {
  const strategic = { 'content-type': 'application/strategic-merge-patch+json' }

  it.each<[string, string, string, Sent, number, string]>([
    [
      'grace that is no number',
      'DELETE',
      `${maps}/m?gracePeriodSeconds=x`,
      {},
      400,
      'strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      'a policy that there is not',
      'DELETE',
      `${maps}/m?propagationPolicy=X`,
      {},
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "X": supported values: "Foreground", "Background", "Orphan", "nil"',
    ],
    [
      'two policies',
      'DELETE',
      `${maps}/m`,
      { body: { orphanDependents: true, propagationPolicy: 'Orphan' } },
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    ],
    [
      'half a dry run',
      'POST',
      `${maps}?dryRun=Foo`,
      { body: { metadata: { name: 'q' } } },
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Foo"]: supported values: "All"',
    ],
    [
      'two dry runs',
      'POST',
      `${maps}?dryRun=All&dryRun=Foo`,
      { body: { metadata: { name: 'q' } } },
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["All","Foo"]: supported values: "All"',
    ],
    [
      'no dry run',
      'POST',
      `${maps}?dryRun=`,
      { body: { metadata: { name: 'q' } } },
      422,
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: [""]: supported values: "All"',
    ],
    [
      'a validation that there is not',
      'POST',
      `${maps}?fieldValidation=Foo`,
      { body: { metadata: { name: 'q' } } },
      422,
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Foo": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [
      'a long manager',
      'POST',
      `${maps}?fieldManager=${'a'.repeat(129)}`,
      { body: { metadata: { name: 'q' } } },
      422,
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'a manager that cannot be printed',
      'POST',
      `${maps}?fieldManager=a%01`,
      { body: { metadata: { name: 'q' } } },
      422,
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "a\\x01": invalid character U+0001 (at position 1)',
    ],
    [
      'force without apply',
      'PATCH',
      `${maps}/m?force=true`,
      { body: {}, headers: strategic },
      422,
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ],
    [
      'a time that is no number',
      'GET',
      `${maps}?watch=1&timeoutSeconds=x`,
      {},
      400,
      'strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      'a form of a watch that there is not',
      'GET',
      `${maps}?watch=1`,
      { headers: { accept: 'text/html' } },
      406,
      'Available representations: application/json, application/yaml',
    ],
    [
      'fewer than no lines of a log',
      'GET',
      `${ns}/pods/p/log?tailLines=-1`,
      {},
      422,
      'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a name of an object to be created',
      'POST',
      `${maps}/m`,
      { body: { metadata: { name: 'm' } } },
      405,
      'the server does not allow this method on the requested resource',
    ],
    [
      'no name of an object to be replaced',
      'PUT',
      maps,
      { body: {} },
      405,
      'the server does not allow this method on the requested resource',
    ],
    [
      'no namespace',
      'POST',
      '/api/v1/configmaps',
      { body: { metadata: { name: 'a' } } },
      405,
      'the server does not allow this method on the requested resource',
    ],
    [
      'a resource that there is not',
      'GET',
      `${ns}/foos`,
      {},
      404,
      'the server could not find the requested resource',
    ],
    [
      'a version that there is not',
      'GET',
      '/apis/apps/v9/deployments',
      {},
      404,
      'the server could not find the requested resource',
    ],
    [
      'a subresource that there is not',
      'GET',
      `${maps}/m/foo`,
      {},
      404,
      'the server could not find the requested resource',
    ],
    [
      'a namespace of what has none',
      'GET',
      `${ns}/nodes`,
      {},
      404,
      'the server could not find the requested resource',
    ],
    [
      'another name in a patch',
      'PATCH',
      `${maps}/m`,
      { body: { metadata: { name: 'z' } }, headers: strategic },
      400,
      'the name of the object (z) does not match the name on the URL (m)',
    ],
    [
      'another namespace in a patch',
      'PATCH',
      `${maps}/m`,
      { body: { metadata: { namespace: 'z' } }, headers: strategic },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'a media type called constructor',
      'PATCH',
      `${maps}/m`,
      { body: {}, headers: { 'content-type': 'constructor' } },
      415,
      '415: Unsupported Media Type',
    ],
    [
      'a class of priority without a name',
      'POST',
      '/apis/scheduling.k8s.io/v1/priorityclasses',
      { body: { value: 1 } },
      422,
      'metadata.name: Required value: name or generateName is required',
    ],
    [
      'a secret of type constructor that lacks nothing',
      'POST',
      `${ns}/secrets`,
      { body: { metadata: { name: 'Q' }, type: 'constructor' } },
      422,
      'metadata.name',
    ],
    [
      'a short token',
      'POST',
      `${ns}/serviceaccounts/default/token`,
      { body: { spec: { expirationSeconds: 10 } } },
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
    ],
    [
      'an endless token',
      'POST',
      `${ns}/serviceaccounts/default/token`,
      { body: { spec: { expirationSeconds: 5_000_000_000 } } },
      422,
      'may not specify a duration larger than 2^32 seconds',
    ],
    [
      'an access review of another namespace',
      'POST',
      '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews',
      {
        body: {
          spec: { user: 'u', resourceAttributes: { namespace: 'other', verb: 'get', resource: 'pods' } },
        },
      },
      422,
      'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
    ],
    [
      'a table of a review',
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { body: {}, headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
      406,
      'only the following media types are accepted',
    ],
  ])('with %s is refused', async (...[, method, url, sent, status, message]) => {
    const answer = await refused(method, url, sent)
    expect(answer.message).toContain(message)
    expect(answer).toMatchObject({ kind: 'Status', status, code: status })
  })

  it('for what is not there has details, which kubectl reads without looking', async () => {
    expect(await refused('GET', `${ns}/pods/p/other`)).toMatchObject({
      status: 404,
      details: {},
    })
    expect(await refused('PUT', maps, { body: {} })).toMatchObject({ status: 405, details: {} })
  })

  it('for a group that there is not is plain text', async () => {
    const { status, body } = await send('GET', '/apis/zz.io/v1/foos')
    expect({ status, body }).toEqual({ status: 404, body: '404 page not found\n' })
  })
})

describe('YAML', () => {
  const headers = { 'content-type': 'application/yaml' }

  it.each([
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`).join('\n')}\n`,
    ],
    ['a value that contains itself', 'metadata: &a\n  name: x\n  annotations: *a\n'],
    ['a tab', 'a:\n\t- b'],
    ['an alias of nothing', 'a: *b'],
  ])('with %s is refused', async (_what, body) => {
    expect(await refused('POST', maps, { body, headers })).toMatchObject({
      status: 400,
      reason: 'BadRequest',
    })
  })
})

it.each(['[', '{"a":'])('nesting of %s is limited', async (open) => {
  const close = open === '[' ? ']' : '}'
  const body = `${open.repeat(5000)}1${close.repeat(5000)}`
  expect(await refused('POST', maps, { body })).toMatchObject({ status: 400 })
  const headers = { 'content-type': 'application/merge-patch+json' }
  expect(await refused('PATCH', `${maps}/m`, { body, headers })).toMatchObject({ status: 400 })
})

it('a damaged record is said to be damaged', async () => {
  const store = createMemoryStore()
  const { server } = await createApiFixture({ store })
  const key = '/test/core/configmaps/default/broken'
  await store.commit({ compare: [], operations: [{ type: 'put', key, value: '{"a"' }] })
  const { status, body } = await server.handle({
    method: 'GET',
    url: `${maps}/broken`,
    headers: { authorization: 'Bearer admin' },
    signal: new AbortController().signal,
  })
  expect(status).toBe(500)
  expect(body).toContain(`the stored object ${key} is damaged and cannot be read`)
})

it('answers in HTTP/1.1 when a client offers another protocol', async () => {
  const { server } = await createApiFixture()
  const tls = await createClusterCertificates({ clock: systemClock, ids: randomIds })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, tls })
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const lines = [
    'GET /version HTTP/1.1',
    'Host: x',
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABk',
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const [chunk] = (await new Promise((resolve) =>
    socket.once('data', (data: Buffer) => resolve([data])),
  )) as [Buffer]
  socket.destroy()
  await server.close()
  expect(chunk.toString()).toMatch(/^HTTP\/1\.1 200 OK/)
})
