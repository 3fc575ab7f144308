import { expect, test } from 'vitest'

import { FakeClock } from '../../../../base/testing/fake-clock.ts'
import { createMemoryStore } from '../../../../store/memory-store.ts'
import { createTables, type Eks } from '../state.ts'
import { deleteFargateProfile } from './delete-fargate-profile.ts'

/** The service's records alone: no control loop moves them. */
async function place(status: { cluster: string; other: string }) {
  const store = createMemoryStore()
  const tables = createTables(store)
  // What the handler reads of its surroundings.
  const eks = { deps: { store, clock: new FakeClock(), pace: 0 }, tables } as unknown as Eks
  const put = (table: { put(key: string, value: never): Promise<void> }, key: string, record: object) =>
    table.put(key, record as never)
  await put(tables.clusters, 'c', { cluster: { name: 'c', status: status.cluster } })
  const profile = (fargateProfileName: string, state: string) => ({
    profile: { clusterName: 'c', fargateProfileName, status: state },
  })
  await put(tables.profiles, 'c/web', profile('web', 'ACTIVE'))
  await put(tables.profiles, 'c/other', profile('other', status.other))
  const input = { clusterName: 'c', fargateProfileName: 'web' }
  const remove = async () => deleteFargateProfile.handle(input as never, eks, {} as never)
  return { remove, statusOf: () => tables.profiles.get('c/web')?.profile.status }
}

test.each([
  [
    'another profile goes',
    { cluster: 'ACTIVE', other: 'DELETING' },
    'Cannot Delete Fargate Profile web because cluster c currently has Fargate profile other in status DELETING',
  ],
  [
    'the cluster is being updated',
    { cluster: 'UPDATING', other: 'ACTIVE' },
    'Cannot Delete Fargate Profile web because cluster c currently has an update in progress',
  ],
])('a profile does not go while %s', async (_, status, message) => {
  const { remove, statusOf } = await place(status)
  await expect(remove()).rejects.toMatchObject({ code: 'ResourceInUseException', message })
  expect(statusOf()).toBe('ACTIVE')
})

test('a profile goes beside others that stay, and being told twice changes nothing', async () => {
  const { remove, statusOf } = await place({ cluster: 'ACTIVE', other: 'CREATING' })
  for (const _ of [1, 2]) {
    expect(await remove()).toMatchObject({ fargateProfile: { status: 'DELETING' } })
    expect(statusOf()).toBe('DELETING')
  }
})
