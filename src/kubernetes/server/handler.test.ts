// What clients see on the wire, without a port.
import { beforeAll, describe, expect, it } from 'vitest'

import { decodeProtobuf, encodeProtobuf } from '../schema/protobuf.ts'
import { namespaces, pods, serviceAccounts } from '../client/resources.ts'
import { builtinKinds as kinds } from '../resources/index.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import type { ApiResponse } from './http.ts'
import { wholeText } from './testing/send.ts'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
})

interface Sent {
  readonly token?: string | undefined
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

function send(method: string, url: string, sent: Sent = {}): Promise<ApiResponse> {
  const { token = 'admin', headers = {}, body, signal = new AbortController().signal } = sent
  const bytes =
    body instanceof Uint8Array ? body : body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  return fixture.server.handle({
    method,
    url,
    signal,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    ...(bytes ? { body: bytes } : {}),
  })
}

function json(response: ApiResponse): Record<string, unknown> {
  return JSON.parse(wholeText(response)) as Record<string, unknown>
}

const maps = '/api/v1/namespaces/default/configmaps'
const as = (kind: string): Record<string, string> => ({
  accept: `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json`,
})

describe('who', () => {
  it('knows nobody by a wrong token', async () => {
    const response = await send('GET', '/api/v1/pods', { token: 'wrong' })
    expect(response.status).toBe(401)
    expect(json(response)).toMatchObject({
      kind: 'Status',
      reason: 'Unauthorized',
      message: 'Unauthorized',
      code: 401,
    })
  })

  it('lets anybody see health and version, and nothing else', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/version']) {
      expect((await send('GET', path, { token: '' })).status).toBe(200)
    }
    const response = await send('GET', '/api/v1/pods', { token: '' })
    expect(response.status).toBe(403)
    expect(json(response)['message']).toBe(
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    )
    expect(json(await send('GET', '/apis', { token: '' }))['message']).toBe(
      'forbidden: User "system:anonymous" cannot get path "/apis"',
    )
  })

  it('takes service account tokens until the account goes', async () => {
    const account = await fixture.client.create(serviceAccounts, {
      metadata: { name: 'bot', namespace: 'default' },
    })
    const url = '/api/v1/namespaces/default/serviceaccounts/bot/token'
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
    const { status } = json(await send('POST', url, { body })) as { status: { token: string } }
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    expect(json(await send('POST', path, { token: status.token, body: review }))).toMatchObject({
      status: {
        userInfo: {
          username: 'system:serviceaccount:default:bot',
          uid: account.metadata.uid,
          groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
        },
      },
    })
    const forSts = { ...body, spec: { audiences: ['sts.amazonaws.com'] } }
    const other = json(await send('POST', url, { body: forSts })) as { status: { token: string } }
    expect((await send('POST', path, { token: other.status.token, body: review })).status).toBe(401)
    await fixture.client.delete(serviceAccounts, { namespace: 'default', name: 'bot' })
    expect((await send('POST', path, { token: status.token, body: review })).status).toBe(401)
  })

  it('publishes the keys of its tokens', async () => {
    expect(json(await send('GET', '/openid/v1/jwks'))).toMatchObject({
      keys: [{ kty: 'RSA', alg: 'RS256', use: 'sig' }],
    })
    expect(json(await send('GET', '/.well-known/openid-configuration'))).toMatchObject({
      issuer: 'https://oidc.test/id/1',
      id_token_signing_alg_values_supported: ['RS256'],
    })
  })

  it('reviews tokens and access for others', async () => {
    const token = await send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      body: { spec: { token: 'user:ann' } },
    })
    expect(json(token)).toMatchObject({
      status: { authenticated: true, user: { username: 'ann', groups: ['system:authenticated'] } },
    })
    const unknown = await send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      body: { spec: { token: 'no' } },
    })
    expect(json(unknown)['status']).toEqual({ user: {} })
    const spec = { user: 'ann', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } }
    const access = await send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      body: { spec },
    })
    expect(json(access)).toMatchObject({ kind: 'SubjectAccessReview', status: { allowed: false } })
  })
})

describe('bodies', () => {
  it('warns of unknown fields by default, refuses them when strict', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'odd' }, colour: 'red' }
    const warned = await send('POST', maps, { body })
    expect(warned.status).toBe(201)
    expect(warned.headers['warning']).toEqual(['299 - "unknown field \\"colour\\""'])
    const strict = await send('POST', `${maps}?fieldValidation=Strict`, { body })
    expect(json(strict)).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: expect.stringContaining('unknown field "colour"'),
    })
  })

  it('reads YAML and protobuf', async () => {
    const yaml = Buffer.from('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1"\n')
    expect(
      (await send('POST', maps, { body: yaml, headers: { 'content-type': 'application/yaml' } })).status,
    ).toBe(201)
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'proto' }, data: { a: '1' } }
    const body = encodeProtobuf('core/v1.ConfigMap', object)
    const headers = {
      'content-type': 'application/vnd.kubernetes.protobuf',
      accept: 'application/vnd.kubernetes.protobuf,application/json',
    }
    const response = await send('POST', maps, { body, headers })
    expect(response.status).toBe(201)
    expect(response.headers['content-type']).toBe('application/vnd.kubernetes.protobuf')
    const { json: decoded } = decodeProtobuf(response.body as Uint8Array)
    expect(decoded).toMatchObject({ kind: 'ConfigMap', data: { a: '1' } })
  })

  it.each([
    [{ kind: 'Secret' }, 'Secret in version "v1" cannot be handled as a ConfigMap'],
    [{ apiVersion: 'v2' }, 'no kind "ConfigMap" is registered for version "v2"'],
    [
      { metadata: { name: 'x', namespace: 'other' } },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
  ])('refuses %j', async (over, message) => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, ...over }
    const response = await send('POST', maps, { body })
    expect(response.status).toBe(400)
    expect(json(response)['message']).toContain(message)
  })

  it('refuses other media types', async () => {
    expect((await send('POST', maps, { body: {}, headers: { 'content-type': 'text/csv' } })).status).toBe(415)
    expect(
      (await send('PATCH', `${maps}/odd`, { body: {}, headers: { 'content-type': 'application/json' } }))
        .status,
    ).toBe(415)
    expect((await send('GET', maps, { headers: { accept: 'text/html' } })).status).toBe(406)
    expect((await send('POST', maps, { body: Buffer.from('{'), headers: {} })).status).toBe(400)
  })

  it('creates nothing in a dry run', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'dry' } }
    expect((await send('POST', `${maps}?dryRun=All`, { body })).status).toBe(201)
    expect((await send('GET', `${maps}/dry`)).status).toBe(404)
  })
})

describe('incomplete objects', () => {
  const bodies: object[] = [
    {},
    { spec: {} },
    { spec: null },
    { spec: { template: {} } },
    { spec: { selector: {}, template: { spec: {} } } },
  ]

  const writable = kinds.filter(({ verbs }) => verbs.includes('create'))

  it.each(writable.map((kind) => [kind.resource.kind, kind.resource.group, kind.resource] as const))(
    '%s %s is made or refused, never failed over, and prints',
    async (_kind, group, resource) => {
      const root = group ? `/apis/${group}/${resource.version}` : `/api/${resource.version}`
      const url = `${root}${resource.namespaced ? '/namespaces/default' : ''}/${resource.plural}`
      for (const [index, body] of bodies.entries()) {
        const name = `incomplete-${index}`
        const created = await send('POST', url, { body: { ...body, metadata: { name } } })
        expect([201, 400, 422]).toContain(created.status)
        if (created.status !== 201) continue
        for (const other of bodies) {
          const updated = await send('PUT', `${url}/${name}`, { body: { ...other, metadata: { name } } })
          expect([200, 400, 422]).toContain(updated.status)
        }
      }
      expect((await send('GET', url, { headers: as('Table') })).status).toBe(200)
    },
  )
})

describe('representations', () => {
  it('sends tables and metadata', async () => {
    const table = json(await send('GET', '/api/v1/namespaces/default', { headers: as('Table') }))
    expect(table).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [{ name: 'Name', format: 'name', priority: 0 }, { name: 'Status' }, { name: 'Age' }],
      rows: [
        {
          cells: ['default', 'Active', expect.stringMatching(/^\d+s$/)],
          object: { kind: 'PartialObjectMetadata' },
        },
      ],
    })
    const list = json(
      await send('GET', '/api/v1/namespaces?includeObject=None', { headers: as('Table') }),
    ) as { rows: object[] }
    expect(list.rows[0]).not.toHaveProperty('object')
    const partial = json(
      await send('GET', '/api/v1/namespaces', { headers: as('PartialObjectMetadataList') }),
    )
    expect(partial).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: expect.arrayContaining([expect.objectContaining({ kind: 'PartialObjectMetadata' })]),
    })
  })

  it('lists without repeating the kind', async () => {
    const list = json(await send('GET', '/api/v1/namespaces')) as { items: object[] }
    expect(list).toMatchObject({
      kind: 'NamespaceList',
      apiVersion: 'v1',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
    })
    expect(list.items[0]).not.toHaveProperty('kind')
  })

  it('scales', async () => {
    const labels = { app: 'a' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const body = {
      metadata: { name: 'd' },
      spec: { replicas: 2, selector: { matchLabels: labels }, template },
    }
    const url = '/apis/apps/v1/namespaces/default/deployments'
    await send('POST', url, { body })
    const scale = json(await send('GET', `${url}/d/scale`))
    expect(scale).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=a' },
    })
    const changed = await send('PUT', `${url}/d/scale`, { body: { ...scale, spec: { replicas: 5 } } })
    expect(json(changed)).toMatchObject({ spec: { replicas: 5 } })
    const late = await send('PUT', `${url}/d/scale`, { body: { ...scale, spec: { replicas: 7 } } })
    expect(json(late)).toMatchObject({ code: 409, reason: 'Conflict' })
    const headers = { 'content-type': 'application/merge-patch+json' }
    const listed = await send('PATCH', `${url}/d/scale`, { headers, body: [] })
    expect(json(listed)).toMatchObject({
      code: 400,
      message:
        'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    })
  })
})

describe('watches', () => {
  it('streams events, tables with columns once, and an ERROR for a version that is gone', async () => {
    const abort = new AbortController()
    const response = await send(
      'GET',
      '/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Ddefault',
      { headers: as('Table'), signal: abort.signal },
    )
    const stream = (response.body as AsyncIterable<string>)[Symbol.asyncIterator]()
    const first = JSON.parse((await stream.next()).value as string) as {
      type: string
      object: { columnDefinitions: object[] }
    }
    expect(first).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Table', rows: [{ cells: ['default', 'Active', expect.anything()] }] },
    })
    expect(first.object.columnDefinitions).toHaveLength(3)
    await fixture.client.patch(
      namespaces,
      { name: 'default' },
      { metadata: { labels: { a: 'b' } } },
      { type: 'merge' },
    )
    expect(JSON.parse((await stream.next()).value as string)).toMatchObject({
      type: 'MODIFIED',
      object: { columnDefinitions: [] },
    })
    abort.abort()
    expect((await stream.next()).done).toBe(true)
  })

  it('ends after timeoutSeconds', async () => {
    const response = await send('GET', '/api/v1/pods?watch=true&timeoutSeconds=1')
    const seen: unknown[] = []
    for await (const chunk of response.body as AsyncIterable<string>) seen.push(chunk)
    expect(seen).toEqual([])
  })
})

describe('discovery', () => {
  it('answers aggregated and legacy', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
    const response = await send('GET', '/apis', { headers: { accept } })
    expect(response.headers['content-type']).toContain('as=APIGroupDiscoveryList')
    const { items } = json(response) as {
      items: {
        metadata: { name: string }
        versions: { resources: { resource: string; subresources?: object[] }[] }[]
      }[]
    }
    const deployments = items
      .find((item) => item.metadata.name === 'apps')
      ?.versions[0]?.resources.find((r) => r.resource === 'deployments')
    expect(deployments).toMatchObject({
      scope: 'Namespaced',
      shortNames: ['deploy'],
      subresources: [{ subresource: 'scale' }, { subresource: 'status' }],
    })
    expect(json(await send('GET', '/api'))).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
    expect(json(await send('GET', '/apis/apps'))).toMatchObject({ kind: 'APIGroup', name: 'apps' })
    const core = json(await send('GET', '/api/v1')) as { resources: { name: string }[] }
    expect(core.resources.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pods', 'pods/log', 'pods/exec', 'namespaces/finalize']),
    )
  })

  it('has nothing where nothing is', async () => {
    for (const path of ['/apis/resource.k8s.io/v1', '/apis/resource.k8s.io/v1/deviceclasses', '/nothing']) {
      expect((await send('GET', path)).status).toBe(404)
    }
    expect(
      (await send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body: { spec: {} } }))
        .status,
    ).toBe(422)
    expect((await send('PATCH', '/api/v1/namespaces/default/pods/x/other', { body: {} })).status).toBe(404)
  })
})

describe('admission', () => {
  const pod = (name: string, over: object = {}): object => ({
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...over },
  })
  const url = '/api/v1/namespaces/default/pods'

  it('completes pods as upstream does', async () => {
    const { spec } = json(await send('POST', url, { body: pod('complete') })) as {
      spec: Record<string, unknown>
    }
    expect(spec).toMatchObject({
      serviceAccountName: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
      volumes: [
        { name: expect.stringMatching(/^kube-api-access-[a-z0-9]{5}$/), projected: { defaultMode: 420 } },
      ],
      containers: [
        { volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }] },
      ],
    })
    const critical = json(
      await send('POST', url, { body: pod('critical', { priorityClassName: 'system-node-critical' }) }),
    )
    expect(critical).toMatchObject({ spec: { priority: 2_000_001_000 } })
    const alone = json(
      await send('POST', url, { body: pod('alone', { automountServiceAccountToken: false }) }),
    )
    expect(alone['spec']).not.toHaveProperty('volumes')
  })

  it.each([
    [
      { serviceAccountName: 'nobody' },
      'pods "bad" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    ],
    [{ priorityClassName: 'none' }, 'pods "bad" is forbidden: no PriorityClass with name none was found'],
  ])('refuses %j', async (over, message) => {
    const response = await send('POST', url, { body: pod('bad', over) })
    expect(json(response)).toMatchObject({ code: 403, reason: 'Forbidden', message })
  })

  it('runs plugins that are added, and not after they are taken out', async () => {
    const remove = fixture.server.addAdmission({
      name: 'Labels',
      async admit({ object, resource }) {
        if (!object || resource !== 'pods') return undefined
        return { ...object, metadata: { ...object.metadata, labels: { seen: 'yes' } } }
      },
    })
    expect(json(await send('POST', url, { body: pod('marked') }))).toMatchObject({
      metadata: { labels: { seen: 'yes' } },
    })
    remove()
    expect(
      (
        await fixture.client.create(pods, {
          metadata: { name: 'plain', namespace: 'default' },
          spec: { containers: [{ name: 'c', image: 'i' }] },
        })
      ).metadata.labels,
    ).toBeUndefined()
  })

  it('protects the namespaces of the system', async () => {
    expect(json(await send('DELETE', '/api/v1/namespaces/kube-system'))['message']).toBe(
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    )
  })
})
