import { beforeAll, describe, expect, it } from 'vitest'

import {
  clusterRoleBindings,
  clusterRoles,
  leases as leaseResource,
  limitRanges,
} from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo, wholeText } from '../testing/send.ts'

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases'

let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(clusterRoles, {
    metadata: { name: 'writer' },
    rules: [{ verbs: ['update', 'patch'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] }],
  })
  await fixture.client.create(clusterRoleBindings, {
    metadata: { name: 'writer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'writer' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'writer' }],
  })
})

interface Sent {
  readonly method?: 'PUT' | 'PATCH'
  readonly user?: string
}

async function putLease(
  metadata: { readonly name: string } & Readonly<Record<string, string>>,
  { method = 'PUT', user }: Sent = {},
) {
  const kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }
  const body = { ...kind, metadata, spec: { holderIdentity: 'me' } }
  const apply = { 'content-type': 'application/apply-patch+yaml' }
  const headers = {
    ...(method === 'PATCH' ? apply : {}),
    ...(user === undefined ? {} : { authorization: `Bearer user:${user}` }),
  }
  const url = `${leases}/${metadata.name}${method === 'PATCH' ? '?fieldManager=m' : ''}`
  const answer = await sendTo(fixture.server, method, url, { body, headers })
  return { status: answer.status, body: JSON.parse(wholeText(answer)) as Record<string, unknown> }
}

describe('PUT of what is not there', () => {
  it('is a conflict for one with a uid: its object has been deleted', async () => {
    const { status, body } = await putLease({ name: 'gone', uid: 'u-1', resourceVersion: '7' })
    expect(status).toBe(409)
    expect(body).toMatchObject({
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on leases.coordination.k8s.io "gone": StorageError: invalid object, Code: 4, Key: /registry/leases/default/gone, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: u-1, UID in object meta: ',
      details: { name: 'gone', group: 'coordination.k8s.io', kind: 'leases' },
    })
  })

  it('creates one without, whatever version it claims', async () => {
    const { status, body } = await putLease({ name: 'new', resourceVersion: '7' })
    expect(status).toBe(201)
    expect(body).toMatchObject({ metadata: { name: 'new', namespace: 'default' } })
  })

  it.each(['PUT', 'PATCH'] as const)('needs the right to create: %s', async (method) => {
    const name = `made-by-${method.toLowerCase()}`
    const { status, body } = await putLease({ name }, { method, user: 'writer' })
    expect(status).toBe(403)
    expect(body['message']).toBe(
      `leases.coordination.k8s.io "${name}" is forbidden: User "writer" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "default"`,
    )
    expect((await putLease({ name }, { method })).status).toBe(201)
    const { resourceVersion } = (await fixture.client.get(leaseResource, { namespace: 'default', name }))
      .metadata
    const known = method === 'PUT' ? { name, resourceVersion } : { name }
    expect((await putLease(known, { method, user: 'writer' })).status).toBe(200)
  })

  it('needs it in this process too', async () => {
    const writer = fixture.server.client({ username: 'writer', groups: [] }, 'test')
    const key = { namespace: 'default', name: 'applied' }
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: key, spec: {} }
    await expect(writer.patch(leaseResource, key, body, { type: 'apply' })).rejects.toThrow(
      'User "writer" cannot create resource "leases"',
    )
  })
})

it('answers with 200 when somebody else has created the object in between', async () => {
  let isMade = false
  const { server, client } = await createApiFixture({
    admission: [
      {
        name: 'Faster',
        async admit({ operation, resource, object }) {
          const name = object?.metadata.name
          if (resource !== 'limitranges' || operation !== 'CREATE' || name !== 'late' || isMade)
            return undefined
          isMade = true
          await client.create(limitRanges, { metadata: { name, namespace: 'default' }, spec: { limits: [] } })
          return undefined
        },
      },
    ],
  })
  const url = '/api/v1/namespaces/default/limitranges/late'
  const answer = await sendTo(server, 'PUT', url, {
    body: { metadata: { name: 'late', labels: { a: 'b' } } },
  })
  expect(answer.status).toBe(200)
  expect(JSON.parse(wholeText(answer))).toMatchObject({ metadata: { name: 'late', labels: { a: 'b' } } })
})
