import { beforeEach, expect, it } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { nodes } from '../kubernetes/client/resources.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { modify, modifyStatus } from './modify.ts'

const key = { name: 'n' }
let client: FakeClient

beforeEach(async () => {
  client = new FakeClient({ clock: new FakeClock() })
  await client.create(nodes, { metadata: { ...key, labels: { count: '0' } }, spec: {} })
})

const increment = {
  resource: nodes,
  key,
  change: (node: typeof nodes.object & object) => {
    node.metadata.labels = { count: String(Number(node.metadata.labels?.['count']) + 1) }
    return node
  },
}

it('loses no change of several writers', async () => {
  await Promise.all(Array.from({ length: 10 }, () => modify(client, increment)))
  expect((await client.get(nodes, key)).metadata.labels).toEqual({ count: '10' })
})

it('writes nothing when there is nothing to change', async () => {
  const before = await client.get(nodes, key)
  expect(await modify(client, { resource: nodes, key, change: () => undefined })).toEqual(before)
  expect(client.actions.map((action) => action.verb)).toEqual(['create'])
})

it('writes the status alone', async () => {
  const node = await modifyStatus(client, {
    resource: nodes,
    key,
    change: (object) => ({ ...object, spec: { unschedulable: true }, status: { capacity: { cpu: '1' } } }),
  })
  expect([node.spec, node.status]).toEqual([{}, { capacity: { cpu: '1' } }])
})

it('passes on that the object is not there', async () => {
  const missing = { ...increment, key: { name: 'other' } }
  await expect(modify(client, missing)).rejects.toMatchObject({ reason: 'NotFound' })
})
