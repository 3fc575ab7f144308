// The subresources of pods, services and nodes that change a part of a spec or lead to a port.
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { endpointSlices, nodes, pods, serviceAccounts, services } from '../client/resources.ts'
import type { ApiResponse } from './http.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo, type Sent } from './testing/send.ts'

const ns = '/api/v1/namespaces/default'
const apply = { 'content-type': 'application/strategic-merge-patch+json' }
let fixture: ApiFixture
let backend: Server
let port = 0

beforeAll(async () => {
  backend = createServer((request, response) => {
    const { method, url, headers } = request
    if (url === '/moved') return void response.writeHead(302, { location: '/there' }).end()
    if (url === '/page') {
      response.setHeader('content-type', 'text/html')
      return void response.end(`<a href="/x">${headers['x-forwarded-uri']}</a>`)
    }
    if (url?.startsWith('/packed/')) return sendPacked(url.slice('/packed/'.length), response)
    response.setHeader('content-type', 'text/plain')
    response.end(`${method} ${url} ${headers['x-asked'] ?? ''} ${headers.authorization ?? 'no token'}`)
  })
  backend.listen(0, '127.0.0.1')
  await once(backend, 'listening')
  port = (backend.address() as AddressInfo).port
  fixture = await createApiFixture()
  const { client } = fixture
  await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
  const metadata = { namespace: 'default' }
  await client.create(services, {
    metadata: { ...metadata, name: 's' },
    spec: { ports: [{ port: 80, name: 'web' }] },
  })
  await client.create(services, { metadata: { ...metadata, name: 'idle' }, spec: { ports: [{ port: 80 }] } })
  await client.create(endpointSlices, {
    metadata: { ...metadata, name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    ports: [{ name: 'web', port, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.0.0.9'], conditions: { ready: false }, targetRef: { kind: 'Pod', name: 'x' } },
      { addresses: ['10.0.0.1'], targetRef: { kind: 'Pod', name: 'p' } },
    ],
  })
  const spec = { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: port }] }] }
  const pod = await client.create(pods, {
    metadata: { ...metadata, name: 'p' },
    spec: { ...spec, nodeName: 'n' },
  })
  await client.updateStatus(pods, { ...pod, status: { ...pod.status, podIP: '10.0.0.1' } })
  const node = await client.create(nodes, { metadata: { name: 'n' }, spec: {} })
  const addresses = [{ type: 'InternalIP' as const, address: '127.0.0.1' }]
  await client.updateStatus(nodes, { ...node, status: { addresses } })
})

/** A page that is said to be packed, and is not, or not whole. */
function sendPacked(how: string, response: ServerResponse): void {
  const isZlib = how === 'zlib'
  const headers = { 'content-type': 'text/html', 'content-encoding': isZlib ? 'deflate' : 'gzip' }
  const status = Number(how)
  if (status > 0) return void response.writeHead(status, headers).end()
  const page = isZlib ? deflateSync('<a href="/x">') : gzipSync('<a href="/x">').subarray(0, -9)
  if (how !== 'cut') return void response.writeHead(200, headers).end(page)
  response.writeHead(200, { ...headers, 'content-length': page.length + 9 })
  response.write(page, () => response.destroy())
}

afterAll(async () => {
  await fixture.server.close()
  backend.close()
})

function send(method: string, url: string, sent?: Sent): Promise<ApiResponse> {
  return sendTo(fixture.server, method, url, sent)
}

async function text({ body }: ApiResponse): Promise<string> {
  if (typeof body === 'string' || body instanceof Uint8Array) return String(body)
  let all = ''
  for await (const chunk of body) all += String(chunk)
  return all
}

async function answer<T>(response: Promise<ApiResponse>): Promise<T & { code?: number; message?: string }> {
  return JSON.parse(await text(await response)) as T & { code?: number; message?: string }
}

describe('proxy', () => {
  it.each([
    ['a pod, its first port', `pods/p/proxy/a/b?x=1`, 'GET /a/b?x=1  no token'],
    ['a service by number', `services/s:80/proxy/`, 'GET /  no token'],
    ['a service by name', `services/s:web/proxy/z/`, 'GET /z/  no token'],
    ['a service with a scheme', `services/http:s:web/proxy/`, 'GET /  no token'],
  ])('leads to %s', async (_what, path, words) => {
    const response = await send('GET', `${ns}/${path}`)
    expect({ status: response.status, text: await text(response) }).toEqual({ status: 200, text: words })
    expect(response.headers['content-type']).toBe('text/plain')
  })

  it('passes methods, headers and bodies on, the token of the caller not', async () => {
    const response = await send('POST', `${ns}/pods/p:${port}/proxy/`, {
      body: 'hi',
      headers: { 'x-asked': 'yes' },
    })
    expect(await text(response)).toBe('POST / yes no token')
  })

  it('keeps the links of a page below itself', async () => {
    const page = await send('GET', `${ns}/pods/p/proxy/page`)
    const words = `<a href="${ns}/pods/p/proxy/x">${ns}/pods/p/proxy/page</a>`
    expect(await text(page)).toBe(words)
    expect(page.headers['content-length']).toBe(String(words.length))
  })

  it.each([204, 304])('passes a packed page of status %d on, which has no body', async (status) => {
    const response = await send('GET', `${ns}/pods/p/proxy/packed/${status}`)
    expect({ status: response.status, text: await text(response) }).toEqual({ status, text: '' })
  })

  it.each([
    ['cut', 'aborted'],
    ['half', 'unexpected end of file'],
    ['zlib', 'invalid'],
  ])('says of a page that is no whole one that its service is not reached: %s', async (how, why) => {
    const { code, message } = await answer(send('GET', `${ns}/pods/p/proxy/packed/${how}`))
    expect(code).toBe(503)
    expect(message).toContain('error trying to reach service: ')
    expect(message).toContain(why)
  })

  it('keeps redirects below itself, and its root a folder', async () => {
    const moved = await send('GET', `${ns}/pods/p/proxy/moved`)
    expect(moved).toMatchObject({ status: 302, headers: { location: `${ns}/pods/p/proxy/there` } })
    const root = await send('GET', `${ns}/pods/p/proxy?x=1`)
    expect(root).toMatchObject({ status: 301, headers: { location: `${ns}/pods/p/proxy/?x=1` } })
  })

  it.each([
    ['services/idle/proxy/', 503, 'no endpoints available for service "idle"'],
    ['services/s/proxy/', 503, 'no endpoints available for service "s"'],
    ['services/s:81/proxy/', 503, 'no service port 81 found for service "s"'],
    ['services/ftp:s:web/proxy/', 400, 'invalid service request "ftp:s:web"'],
    ['services/nope/proxy/', 404, 'endpoints "nope" not found'],
    ['services/nope:80/proxy/', 404, 'services "nope" not found'],
    [
      'pods/p:1/proxy/',
      503,
      'error trying to reach service: dial tcp 10.0.0.1:1: connect: connection refused',
    ],
    ['pods/nope/proxy/', 404, 'pods "nope" not found'],
  ])('%s says why not', async (path, code, message) => {
    expect(await answer(send('GET', `${ns}/${path}`))).toMatchObject({ code, message })
  })

  it('of a node answers as its kubelet', async () => {
    expect(await text(await send('GET', '/api/v1/nodes/n/proxy/healthz'))).toBe('ok')
    const { items } = await answer<{ items: Pod[] }>(send('GET', '/api/v1/nodes/n:10250/proxy/pods'))
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['p'])
    expect((await send('GET', '/api/v1/nodes/n/proxy/other')).status).toBe(404)
    expect(await text(await send('GET', `/api/v1/nodes/n:${port}/proxy/x`))).toContain('GET /x')
  })
})

describe('ephemeral containers', () => {
  const url = `${ns}/pods/p/ephemeralcontainers`
  const patched = (container: object): Promise<Pod & { code?: number; message?: string }> =>
    answer<Pod>(send('PATCH', url, { headers: apply, body: { spec: { ephemeralContainers: [container] } } }))

  it('are added with defaults, count as a change of the spec, and change nothing else', async () => {
    const before = await answer<Pod>(send('GET', `${ns}/pods/p`))
    const body = {
      metadata: { labels: { a: 'b' } },
      spec: { ephemeralContainers: [{ name: 'e', image: 'busybox' }], activeDeadlineSeconds: 9 },
    }
    const after = await answer<Pod>(send('PATCH', url, { headers: apply, body }))
    expect(after.spec).toEqual({
      ...before.spec,
      ephemeralContainers: [
        {
          name: 'e',
          image: 'busybox',
          imagePullPolicy: 'Always',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
    })
    expect(after.metadata.generation).toBe((before.metadata.generation ?? 0) + 1)
    expect((await answer<Pod>(send('GET', url))).metadata.name).toBe('p')
  })

  it.each<[string, object, string]>([
    ['an image that is missing', { name: 'f' }, 'spec.ephemeralContainers[0].image: Required value'],
    [
      'a name that is taken',
      { name: 'c', image: 'i' },
      'spec.ephemeralContainers[0].name: Duplicate value: "c"',
    ],
    [
      'a target that is not there',
      { name: 'f', image: 'i', targetContainerName: 'z' },
      'spec.ephemeralContainers[0].targetContainerName: Not found: "z"',
    ],
    [
      'ports',
      { name: 'f', image: 'i', ports: [{ containerPort: 1 }] },
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
    ],
    [
      'what is there changed',
      { name: 'e', image: 'other' },
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be changed',
    ],
  ])('are refused with %s', async (_what, container, message) => {
    const refused = await patched(container)
    expect(refused.code).toBe(422)
    expect(refused.message).toContain(message)
  })
})

describe('resize', () => {
  const url = `${ns}/pods/r/resize`
  const resize = (resources: object, name = 'c'): Promise<Pod & { code?: number; message?: string }> =>
    answer<Pod>(send('PATCH', url, { headers: apply, body: { spec: { containers: [{ name, resources }] } } }))

  beforeAll(async () => {
    const resources = { requests: { cpu: '100m' }, limits: { memory: '64Mi' } }
    const body = {
      metadata: { name: 'r' },
      spec: { containers: [{ name: 'c', image: 'i', resources }] },
    }
    expect((await send('POST', `${ns}/pods`, { body })).status).toBe(201)
  })

  it('changes cpu and memory', async () => {
    const { spec, metadata } = await resize({ requests: { cpu: '200m' }, limits: { cpu: '1' } })
    expect(spec.containers[0]?.resources).toMatchObject({ requests: { cpu: '200m' }, limits: { cpu: '1' } })
    expect(metadata.generation).toBe(2)
  })

  it.each<[string, object, string]>([
    [
      'a change of its class',
      { requests: { cpu: '1', memory: '64Mi' } },
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    ],
    [
      'a limit taken away',
      { limits: { memory: null } },
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ],
    [
      'other resources',
      { requests: { 'ephemeral-storage': '1Gi' } },
      'spec: Forbidden: only cpu and memory resources are mutable',
    ],
  ])('refuses %s', async (_what, resources, message) => {
    const refused = await resize(resources)
    expect(refused.code).toBe(422)
    expect(refused.message).toContain(message)
  })

  it('refuses containers that come', async () => {
    const refused = await resize({}, 'new')
    expect(refused.message).toContain(
      'spec.containers: Forbidden: containers may not be added or removed on resize',
    )
  })
})

describe('binding by the body', () => {
  it('binds the pod that it names, and leaves the generation as it was', async () => {
    const body = { metadata: { name: 'b' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    expect((await send('POST', `${ns}/pods`, { body })).status).toBe(201)
    const binding = { metadata: { name: 'b' }, target: { kind: 'Node', name: 'n' } }
    expect((await send('POST', `${ns}/bindings`, { body: binding })).status).toBe(201)
    const bound = await answer<Pod>(send('GET', `${ns}/pods/b`))
    expect([bound.spec.nodeName, bound.metadata.generation]).toEqual(['n', 1])
    expect((await send('GET', `${ns}/bindings`)).status).toBe(405)
  })
})
