import { expect, it } from 'vitest'

import { systemClock } from '../../../base/clock.ts'
import { randomIds } from '../../../base/ids.ts'
import { createMemoryStore } from '../../../store/memory-store.ts'
import {
  clusterRoleBindings,
  clusterRoles,
  endpoints,
  endpointSlices,
  namespaces,
  priorityClasses,
  services,
} from '../../client/resources.ts'
import { createClusterCertificates } from '../certificates.ts'
import { createApiFixture } from '../testing/api-fixture.ts'

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
