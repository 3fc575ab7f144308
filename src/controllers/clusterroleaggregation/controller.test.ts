import { expect, test } from 'vitest'

import type { PolicyRule } from '../../../generated/kubernetes.d.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { clusterRoles } from '../../kubernetes/client/resources.ts'
import { createApiFixture } from '../../kubernetes/server/testing/api-fixture.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { runController } from '../../reconcile/run-controller.ts'
import { createClusterRoleAggregationController } from './controller.ts'

const read: PolicyRule = { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] }
const write: PolicyRule = { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['update'] }

test('a role that aggregates holds the rules of those it selects, and loses them with them', async () => {
  const { client } = await createApiFixture()
  const clock = new FakeClock()
  const supervisor = new Supervisor(silentLog)
  const context = createControllerContext({ client, clock, log: silentLog, supervisor })
  runController(createClusterRoleAggregationController(context), { clock, log: silentLog, supervisor })
  const until = async (expected: readonly PolicyRule[]): Promise<void> => {
    await expect
      .poll(async () => {
        await clock.advance(1)
        return (await client.get(clusterRoles, { name: 'all' })).rules ?? []
      })
      .toEqual(expected)
  }
  const labels = { part: 'all' }
  await client.create(clusterRoles, { metadata: { name: 'b', labels }, rules: [write, read] })
  await client.create(clusterRoles, { metadata: { name: 'a', labels }, rules: [read] })
  await client.create(clusterRoles, { metadata: { name: 'other' }, rules: [write] })
  await client.create(clusterRoles, {
    metadata: { name: 'all', labels },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
    rules: [],
  })
  await until([read, write])
  const { metadata } = await client.get(clusterRoles, { name: 'all' })
  expect(metadata.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`)).toContain(
    'clusterrole-aggregation-controller Apply',
  )
  await client.delete(clusterRoles, { name: 'b' })
  await until([read])
  await supervisor.stop()
})

test('an aggregated role that goes with its parts does not come back', async () => {
  const { client } = await createApiFixture()
  const clock = new FakeClock()
  const supervisor = new Supervisor(silentLog)
  const context = createControllerContext({ client, clock, log: silentLog, supervisor })
  const controller = createClusterRoleAggregationController(context)
  const known = context.informer(clusterRoles)
  await client.create(clusterRoles, { metadata: { name: 'part', labels: { part: 'x' } }, rules: [read] })
  await client.create(clusterRoles, {
    metadata: { name: 'whole' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'x' } }] },
    rules: [],
  })
  await expect.poll(() => known.get('whole')).toBeDefined()
  // The informer hears of it after the pass has begun.
  const deleted = client.delete(clusterRoles, { name: 'whole' })
  const pass = controller.reconcile('whole')
  await Promise.all([deleted, pass])
  const { items } = await client.list(clusterRoles, { fieldSelector: 'metadata.name=whole' })
  expect(items).toEqual([])
  await supervisor.stop()
})
