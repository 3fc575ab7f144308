import { beforeAll, describe, expect, it } from 'vitest'

import { flowSchemas, priorityLevelConfigurations } from '../client/resources.ts'
import type { ApiResponse } from './http.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo } from './testing/send.ts'

let fixture: ApiFixture
const names = new Map<string, string>()

beforeAll(async () => {
  fixture = await createApiFixture()
  await readNames()
})

async function readNames(): Promise<void> {
  const { client } = fixture
  const schemas = await client.list(flowSchemas)
  const levels = await client.list(priorityLevelConfigurations)
  for (const { metadata } of [...schemas.items, ...levels.items]) names.set(metadata.uid, metadata.name)
}

async function flowOf(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response: ApiResponse = await sendTo(fixture.server, 'GET', url, { headers })
  const [schema, level] = ['x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid'].map(
    (name) => names.get(String(response.headers[name])),
  )
  return `${schema} ${level}`
}

describe('a request belongs to a flow, and its answer names it', () => {
  it.each([
    ['an administrator', '/api/v1/pods', {}, 'exempt exempt'],
    ['somebody', '/api/v1/pods', { authorization: 'Bearer user:bob' }, 'global-default global-default'],
    ['nobody, about health', '/healthz', { authorization: '' }, 'probes exempt'],
    [
      'a controller, in its name',
      '/api/v1/pods',
      { 'impersonate-user': 'system:kube-controller-manager' },
      'kube-controller-manager workload-high',
    ],
    [
      'a service account',
      '/api/v1/pods',
      {
        'impersonate-user': 'system:serviceaccount:default:x',
        'impersonate-group': 'system:serviceaccounts',
      },
      'service-accounts workload-low',
    ],
    [
      'a scheduler that elects its leader',
      '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x',
      { 'impersonate-user': 'system:kube-scheduler' },
      'system-leader-election leader-election',
    ],
  ])('%s', async (_who, url, headers, flow) => {
    expect(await flowOf(url, headers)).toBe(flow)
  })

  it('follows schemas that come and go', async () => {
    const { client } = fixture
    const made = await client.create(flowSchemas, {
      metadata: { name: 'bob' },
      spec: {
        priorityLevelConfiguration: { name: 'workload-high' },
        matchingPrecedence: 2,
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'bob' } }],
            resourceRules: [{ verbs: ['list'], apiGroups: [''], resources: ['pods'], clusterScope: true }],
          },
        ],
      },
    })
    await readNames()
    const bob = { authorization: 'Bearer user:bob' }
    expect(await flowOf('/api/v1/pods', bob)).toBe('bob workload-high')
    expect(await flowOf('/api/v1/secrets', bob)).toBe('global-default global-default')
    await client.delete(flowSchemas, made.metadata)
    expect(await flowOf('/api/v1/pods', bob)).toBe('global-default global-default')
  })
})
