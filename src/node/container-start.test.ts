// What a runtime is told of how long a container runs.
import { expect, it } from 'vitest'

import type { OwnerReference } from '../../generated/kubernetes.d.ts'
import { pods } from '../kubernetes/client/resources.ts'
import { NodeScene, NODE } from './testing/node-scene.ts'

function ownedBy(kind: string): OwnerReference {
  return { apiVersion: 'batch/v1', kind, name: 'owner', uid: 'o', controller: true }
}

it.each([
  ['a Job', [ownedBy('Job')], true],
  ['nobody', [], undefined],
  ['a workflow', [ownedBy('Workflow')], undefined],
] as const)(
  'says that work is done when a container ends whose pod belongs to %s',
  async (_, owners, isTask) => {
    await using scene = await NodeScene.create()
    scene.client.seed(pods, {
      metadata: { namespace: 'shop', name: 'work', ownerReferences: [...owners] },
      spec: { nodeName: NODE, restartPolicy: 'Never', containers: [{ name: 'work', image: 'acme/work' }] },
    })
    await scene.settle()
    expect(scene.runtime.started.map((one) => [one.isExpectedToEnd, one.isTask])).toEqual([[true, isTask]])
  },
)

it('says it of init containers that are no sidecars', async () => {
  await using scene = await NodeScene.create()
  const image = 'acme/work'
  await scene.createPod('web', {
    initContainers: [
      { name: 'proxy', image, restartPolicy: 'Always' },
      { name: 'migrate', image },
    ],
  })
  expect(scene.runtime.started.map(({ name, isTask }) => [name, isTask])).toEqual([
    ['proxy', undefined],
    ['migrate', true],
  ])
})
