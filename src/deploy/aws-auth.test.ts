import { parse } from 'yaml'
import { expect, test } from 'vitest'

import { FakeClock } from '../base/testing/fake-clock.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { configMaps } from '../kubernetes/client/resources.ts'
import { ensureMappings, nodeMapping } from './aws-auth.ts'

const KEY = { namespace: 'kube-system', name: 'aws-auth' }
const node = nodeMapping('arn:aws:iam::1:role/nodes')

async function roles(client: FakeClient): Promise<unknown> {
  const { data } = await client.get(configMaps, KEY)
  return parse(data?.['mapRoles'] ?? '')
}

test('makes the map, adds once, and keeps what others wrote', async () => {
  const client = new FakeClient({ clock: new FakeClock() })
  expect(await ensureMappings(client, [node])).toEqual({ outcome: 'created' })
  const theirs = { rolearn: 'arn:aws:iam::1:role/ops', username: 'ops', groups: ['system:masters'] }
  expect(await ensureMappings(client, [node, { list: 'mapRoles', entry: theirs }])).toEqual({
    outcome: 'updated',
  })
  expect(await ensureMappings(client, [node])).toEqual({ outcome: 'unchanged' })
  expect(await roles(client)).toEqual([node.entry, theirs])
})

test('adds accounts, which are numbers to YAML', async () => {
  const client = new FakeClient({ clock: new FakeClock() })
  const account = { list: 'mapAccounts', entry: '123456789012' } as const
  await ensureMappings(client, [account])
  expect(await ensureMappings(client, [account])).toEqual({ outcome: 'unchanged' })
  const { data } = await client.get(configMaps, KEY)
  expect(parse(data?.['mapAccounts'] ?? '')).toEqual(['123456789012'])
})
