import { expect, it } from 'vitest'

import { systemClock } from '../../../base/clock.ts'
import { randomIds } from '../../../base/ids.ts'
import { createMemoryStore } from '../../../store/memory-store.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  endpoints,
  endpointSlices,
  flowSchemas,
  namespaces,
  priorityClasses,
  priorityLevelConfigurations,
  roleBindings,
  roles,
  serviceCidrs,
  services,
} from '../../client/resources.ts'
import type { Resource } from '../../client/client.ts'
import { createClusterCertificates } from '../certificates.ts'
import { createApiFixture } from '../testing/api-fixture.ts'
import { sendTo } from '../testing/send.ts'

it('fills an empty cluster', async () => {
  const { client } = await createApiFixture()
  const { items } = await client.list(namespaces)
  expect(items.map((item) => item.metadata.name)).toEqual([
    'default',
    'kube-node-lease',
    'kube-public',
    'kube-system',
  ])
  const service = await client.get(services, { namespace: 'default', name: 'kubernetes' })
  expect(service.spec).toMatchObject({
    clusterIP: '10.100.0.1',
    type: 'ClusterIP',
    ports: [{ name: 'https', port: 443 }],
  })
  expect((await client.get(priorityClasses, { name: 'system-node-critical' })).value).toBe(2_000_001_000)
  expect((await client.get(priorityClasses, { name: 'system-cluster-critical' })).value).toBe(2_000_000_000)
  expect((await client.get(clusterRoles, { name: 'cluster-admin' })).rules).toHaveLength(2)
})

it('holds the policy of a fresh cluster', async () => {
  const { client } = await createApiFixture()
  const named = async (resource: Resource): Promise<number> => (await client.list(resource)).items.length
  expect(await named(clusterRoles)).toBe(68)
  expect(await named(clusterRoleBindings)).toBe(49)
  expect(await named(roles)).toBe(7)
  expect(await named(roleBindings)).toBe(7)
  const admin = await client.get(clusterRoles, { name: 'admin' })
  expect(admin.aggregationRule).toEqual({
    clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } }],
  })
  expect(admin.metadata.labels).toEqual({ 'kubernetes.io/bootstrapping': 'rbac-defaults' })
  const edit = await client.get(clusterRoles, { name: 'edit' })
  const view = await client.get(clusterRoles, { name: 'view' })
  // As the aggregation controller of a fresh cluster wrote them.
  expect([admin, edit, view].map((role) => role.rules?.length)).toEqual([29, 27, 12])
  const binder = await client.get(roleBindings, {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-scheduler',
  })
  expect(binder.roleRef).toEqual({
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'Role',
    name: 'system::leader-locking-kube-scheduler',
  })
  expect(binder.subjects).toEqual([
    { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'system:kube-scheduler' },
    { kind: 'ServiceAccount', namespace: 'kube-system', name: 'kube-scheduler' },
  ])
})

it('holds flow control and the service range of a fresh cluster', async () => {
  const { client, server } = await createApiFixture()
  const schemas = await client.list(flowSchemas)
  expect(schemas.items).toHaveLength(11)
  expect(schemas.items.every(({ status }) => status?.conditions?.[0]?.status === 'False')).toBe(true)
  expect((await client.list(priorityLevelConfigurations)).items).toHaveLength(8)
  const exempt = schemas.items.find(({ metadata }) => metadata.name === 'exempt')
  const body = { ...exempt, spec: { ...exempt?.spec, matchingPrecedence: 2 } }
  const url = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/exempt'
  const refused = await sendTo(server, 'PUT', url, { body })
  expect(refused.status).toBe(422)
  expect(refused.body).toContain("spec of 'exempt' must equal the fixed value")
  const range = await client.get(serviceCidrs, { name: 'kubernetes' })
  expect(range.spec?.cidrs).toEqual(['10.100.0.0/16'])
  expect(range.status?.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' })
})

it('finds its own work again, keeps what users changed and mends what they broke', async () => {
  const store = createMemoryStore()
  const { client } = await createApiFixture({ store })
  const binding = await client.get(clusterRoleBindings, { name: 'cluster-admin' })
  const ann = { kind: 'User', name: 'ann', apiGroup: 'rbac.authorization.k8s.io' }
  await client.update(clusterRoleBindings, { ...binding, subjects: [ann] })
  await client.delete(clusterRoles, { name: 'view' })
  const before = await client.get(services, { namespace: 'default', name: 'kubernetes' })
  const again = await createApiFixture({ store })
  expect(await again.client.get(services, { namespace: 'default', name: 'kubernetes' })).toEqual(before)
  const mended = await again.client.get(clusterRoleBindings, { name: 'cluster-admin' })
  expect(mended.subjects?.map(({ name }) => name)).toEqual(['ann', 'system:masters'])
  expect((await again.client.get(clusterRoles, { name: 'view' })).rules?.length).toBeGreaterThan(0)
  const { revision } = store
  await createApiFixture({ store })
  expect(store.revision).toBe(revision)
})

it('points the kubernetes service at where it listens', async () => {
  const { server, client } = await createApiFixture()
  const tls = await createClusterCertificates({ clock: systemClock, ids: randomIds })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0, tls })
  const key = { namespace: 'default', name: 'kubernetes' }
  expect((await client.get(endpoints, key)).subsets).toEqual([
    { addresses: [{ ip: '127.0.0.1' }], ports: [{ name: 'https', port, protocol: 'TCP' }] },
  ])
  const slices = await client.list(endpointSlices, { labelSelector: 'kubernetes.io/service-name=kubernetes' })
  expect(slices.items[0]?.ports?.[0]?.port).toBe(port)
  await server.close()
})
