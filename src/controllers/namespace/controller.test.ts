import { describe, expect, test } from 'vitest'

import type { Namespace } from '../../../generated/kubernetes.d.ts'
import { configMaps, namespaces, pods, serviceAccounts } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { samplePod } from '../testing/samples.ts'
import { createRootCaController, createServiceAccountController } from '../serviceaccount/controller.ts'
import { createNamespaceController } from './controller.ts'

const going = { deletionTimestamp: '2026-01-01T00:00:00Z' }
const resources = () => [pods, configMaps]

function terminating(rehearsal: Rehearsal): void {
  rehearsal.client.seed(namespaces, {
    metadata: { name: 'default', ...going },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Terminating' },
  })
}

// The fake has no finalize subresource; index.test.ts sees a namespace go on a real API server.
async function isLetGo({ client }: Rehearsal): Promise<boolean> {
  const finalized = client.actions.find(({ verb, key }) => verb === 'finalize' && key === 'default')
  return (finalized?.body as Namespace | undefined)?.spec.finalizers?.length === 0
}

describe('namespace controller', () => {
  test('empties a namespace, lets it go, and touches no other', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    terminating(rehearsal)
    client.seed(pods, samplePod('p'))
    client.seed(configMaps, { metadata: { name: 'kept', namespace: 'other' } })
    rehearsal.start(createNamespaceController(context, { resources }))
    await rehearsal.until('gone', () => isLetGo(rehearsal))
    expect((await client.list(pods)).items).toEqual([])
    expect((await client.list(configMaps)).items.length).toBe(1)
  })

  test('says what holds it up, and ends when that is gone', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    terminating(rehearsal)
    client.seed(pods, samplePod('p', { metadata: { finalizers: ['example.com/hold'] } }))
    client.seed(configMaps, { metadata: { name: 'c', namespace: 'default' } })
    rehearsal.start(createNamespaceController(context, { resources }))
    const read = async () => (await client.get(namespaces, { name: 'default' })).status?.conditions ?? []
    await rehearsal.until('told', async () => (await read()).length > 0)
    expect((await read()).map(({ type, status, message }) => `${type}=${status}: ${message}`)).toEqual([
      'NamespaceDeletionDiscoveryFailure=False: All resources successfully discovered',
      'NamespaceDeletionGroupVersionParsingFailure=False: All legacy kube types successfully parsed',
      'NamespaceDeletionContentFailure=False: All content successfully deleted, may be waiting on finalization',
      'NamespaceContentRemaining=True: Some resources are remaining: pods. has 1 resource instances',
      'NamespaceFinalizersRemaining=True: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    ])
    // Nothing else is touched while a pod remains.
    expect((await client.list(configMaps)).items[0]?.metadata.deletionTimestamp).toBeUndefined()
    await client.patch(
      pods,
      { namespace: 'default', name: 'p' },
      { metadata: { finalizers: null } },
      { type: 'merge' },
    )
    await rehearsal.clock.advance(2_000)
    await rehearsal.until('gone', () => isLetGo(rehearsal))
  })
})

describe('what every namespace has', () => {
  test('is made, restored when removed or changed, and not made in a namespace that is going', async () => {
    await using rehearsal = new Rehearsal()
    const { client, context } = rehearsal
    client.seed(namespaces, { metadata: { name: 'alive' }, spec: {}, status: { phase: 'Active' } })
    terminating(rehearsal)
    rehearsal.start(createServiceAccountController(context), createRootCaController(context, 'PEM'))
    await rehearsal.settle()
    expect(
      (await client.list(serviceAccounts)).items.map(
        ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
      ),
    ).toEqual(['alive/default'])
    const ca = { namespace: 'alive', name: 'kube-root-ca.crt' }
    expect((await client.get(configMaps, ca)).data).toEqual({ 'ca.crt': 'PEM' })
    expect((await client.list(configMaps)).items.length).toBe(1)
    await client.patch(configMaps, ca, { data: { 'ca.crt': 'forged' } }, { type: 'merge' })
    await client.delete(serviceAccounts, { namespace: 'alive', name: 'default' })
    await rehearsal.settle()
    expect((await client.get(configMaps, ca)).data).toEqual({ 'ca.crt': 'PEM' })
    expect((await client.list(serviceAccounts)).items.length).toBe(1)
  })
})
