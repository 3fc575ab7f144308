import { expect, test } from 'vitest'

import { deployments, namespaces, nodes, pods } from '../kubernetes/client/resources.ts'
import { builtinControllers } from './index.ts'
import { createRehearsalKubelet } from './rehearsal/kubelet.ts'
import { Rehearsal } from './rehearsal/rehearsal.ts'
import { sampleDeployment, sampleNode } from './rehearsal/samples.ts'

test('all control loops together bring up a deployment, come to rest, and take everything down again', async () => {
  await using rehearsal = new Rehearsal()
  const { client, context } = rehearsal
  client.seed(namespaces, {
    metadata: { name: 'default' },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  })
  for (const name of ['a', 'b']) client.seed(nodes, sampleNode(name))
  rehearsal.start(...builtinControllers(context, { caPem: 'PEM' }), createRehearsalKubelet(context))
  await client.create(deployments, sampleDeployment())
  const key = { namespace: 'default', name: 'web' }
  await rehearsal.until(
    'available',
    async () => (await client.get(deployments, key)).status?.availableReplicas === 2,
  )
  await rehearsal.settle()
  const writes = client.actions.length
  await rehearsal.clock.advance(30_000)
  await rehearsal.settle()
  expect(client.actions.slice(writes)).toEqual([])
  await client.delete(deployments, key)
  await rehearsal.until('pods gone', async () => (await client.list(pods)).items.length === 0)
})

test('names are unique, as logs and metrics need them', () => {
  const names = builtinControllers(new Rehearsal().context, { caPem: 'PEM' }).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
