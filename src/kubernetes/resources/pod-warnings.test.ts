import { beforeAll, expect, it } from 'vitest'

import { serviceAccounts } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'
import { sendTo } from '../server/testing/send.ts'

const ns = '/api/v1/namespaces/default'
let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
})

async function warned(url: string, object: object): Promise<unknown> {
  const body = { metadata: { name: 'x' }, ...object }
  const { status, headers } = await sendTo(fixture.server, 'POST', `${url}?dryRun=All`, { body })
  expect(status).toBe(201)
  return headers['warning']
}

const port = { containerPort: 80 }

it.each<[string, object, object, string[]]>([
  [
    'ports that stand twice',
    { ports: [port, port] },
    {},
    ['299 - "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"'],
  ],
  [
    'ports of which one has a host port',
    { ports: [port, { ...port, hostPort: 80 }] },
    {},
    ['299 - "spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]"'],
  ],
  [
    'variables that hide others, not those that build upon them',
    {
      env: [
        { name: 'a', value: '1' },
        { name: 'a', value: '2' },
        { name: 'a', value: '$(a)3' },
      ],
    },
    {},
    [
      '299 - "spec.containers[0].env[1]: hides previous definition of \\"a\\", which may be dropped when using apply"',
    ],
  ],
  [
    'parts of a byte',
    { resources: { limits: { memory: '1500m' } } },
    {},
    [
      '299 - "spec.containers[0].resources.limits[memory]: fractional byte value \\"1500m\\" is invalid, must be an integer"',
      '299 - "spec.containers[0].resources.requests[memory]: fractional byte value \\"1500m\\" is invalid, must be an integer"',
    ],
  ],
  [
    'a secret without a name',
    {},
    { imagePullSecrets: [{ name: '' }] },
    ['299 - "spec.imagePullSecrets[0].name: invalid empty name \\"\\""'],
  ],
  [
    'a label of old',
    {},
    { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
    [
      '299 - "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \\"kubernetes.io/os\\" instead"',
    ],
  ],
])('warns of %s', async (_what, container, over, texts) => {
  const spec = { containers: [{ name: 'c', image: 'i', ...container }], ...over }
  expect(await warned(`${ns}/pods`, { spec })).toEqual(texts)
})

it('warns of templates, and of what is no longer to be used', async () => {
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { containers: [{ name: 'c', image: 'i', ports: [port, port] }] },
  }
  const spec = { selector: { matchLabels: { a: 'b' } }, template }
  expect(await warned('/apis/apps/v1/namespaces/default/deployments', { spec })).toEqual([
    '299 - "spec.template.spec.containers[0].ports[1]: duplicate port definition with spec.template.spec.containers[0].ports[0]"',
  ])
  expect(
    await warned(`${ns}/services`, { spec: { ports: [{ port: 80 }], trafficDistribution: 'PreferClose' } }),
  ).toEqual(['299 - "spec.trafficDistribution: \\"PreferClose\\" is deprecated; use \\"PreferSameZone\\""'])
  expect(await warned(`${ns}/endpoints`, {})).toEqual([
    '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
  ])
  expect(await warned(`${ns}/pods`, { spec: { containers: [{ name: 'c', image: 'i' }] } })).toBeUndefined()
})

it('warns who reads a deprecated kind', async () => {
  const { headers } = await sendTo(fixture.server, 'GET', '/api/v1/componentstatuses')
  expect(headers['warning']).toEqual(['299 - "v1 ComponentStatus is deprecated in v1.19+"'])
})

it('warns of a template again when the spec changes, not when a label does', async () => {
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { containers: [{ name: 'c', image: 'i', ports: [port, port] }] },
  }
  const url = '/apis/apps/v1/namespaces/default/deployments'
  const body = {
    metadata: { name: 'again' },
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  }
  expect((await sendTo(fixture.server, 'POST', url, { body })).headers['warning']).toHaveLength(1)
  const patched = async (patch: object, part = ''): Promise<unknown> => {
    const headers = { 'content-type': 'application/merge-patch+json' }
    const { status, headers: answered } = await sendTo(fixture.server, 'PATCH', `${url}/again${part}`, {
      body: patch,
      headers,
    })
    expect(status).toBe(200)
    return answered['warning']
  }
  expect(await patched({ metadata: { labels: { x: 'y' } } })).toBeUndefined()
  expect(await patched({ spec: { replicas: 3 } })).toHaveLength(1)
  expect(await patched({ spec: { replicas: 4 } }, '/scale')).toHaveLength(1)
  expect(await patched({ status: { replicas: 4 } }, '/status')).toBeUndefined()
})
