import { describe, expect, test } from 'vitest'

import type { ResourceQuota } from '../../../generated/kubernetes.d.ts'
import { configMaps, pods, resourceQuotas } from '../../kubernetes/client/resources.ts'
import { fixedResources } from '../../kubernetes/client/served-resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { requesting, samplePod } from '../testing/samples.ts'
import { createResourceQuotaController } from './controller.ts'

const key = { namespace: 'default', name: 'q' }

async function counting(
  hard: Record<string, string>,
  ...running: ReturnType<typeof samplePod>[]
): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  for (const pod of running) rehearsal.client.seed(pods, pod)
  await rehearsal.client.create(resourceQuotas, { metadata: { ...key }, spec: { hard } })
  rehearsal.start(
    createResourceQuotaController(rehearsal.context, { served: fixedResources([pods, configMaps]) }),
  )
  await rehearsal.until('counted', async () => (await statusOf(rehearsal))?.used !== undefined)
  return rehearsal
}

async function statusOf(rehearsal: Rehearsal): Promise<ResourceQuota['status']> {
  return (await rehearsal.client.get(resourceQuotas, key)).status
}

async function shows(rehearsal: Rehearsal, used: Record<string, string>): Promise<void> {
  await rehearsal.until(JSON.stringify(used), async () => {
    const status = await statusOf(rehearsal)
    return Object.entries(used).every(([name, amount]) => status?.used?.[name] === amount)
  })
}

describe('quota controller', () => {
  test('writes down what there is and what is used', async () => {
    const hard = { pods: '5', 'requests.cpu': '2', configmaps: '3', 'count/widgets.example.com': '1' }
    await using rehearsal = await counting(
      hard,
      samplePod('a', { spec: requesting({ cpu: '500m' }) }),
      samplePod('b', { spec: requesting({ cpu: '250m' }), status: { phase: 'Succeeded' } }),
      samplePod('elsewhere', { metadata: { namespace: 'other' } }),
    )
    expect(await statusOf(rehearsal)).toEqual({
      hard,
      used: { pods: '1', 'requests.cpu': '500m', configmaps: '0' },
    })
  })

  test('gives back what goes or comes to its end', async () => {
    await using rehearsal = await counting({ pods: '5' }, samplePod('a'), samplePod('b'))
    await shows(rehearsal, { pods: '2' })
    await rehearsal.client.delete(pods, { namespace: 'default', name: 'a' })
    await shows(rehearsal, { pods: '1' })
    await rehearsal.client.patch(
      pods,
      { namespace: 'default', name: 'b' },
      { status: { phase: 'Failed' } },
      { type: 'merge', subresource: 'status' },
    )
    await shows(rehearsal, { pods: '0' })
  })

  test('follows its limits, and forgets those that are gone', async () => {
    await using rehearsal = await counting({ pods: '5', configmaps: '1' }, samplePod('a'))
    const spec = { hard: { pods: '9', configmaps: null } }
    await rehearsal.client.patch(resourceQuotas, key, { spec }, { type: 'merge' })
    await rehearsal.until('new limits', async () => (await statusOf(rehearsal))?.hard?.['pods'] === '9')
    expect(await statusOf(rehearsal)).toEqual({ hard: { pods: '9' }, used: { pods: '1' } })
  })

  test('counts no quota that was charged a moment ago', async () => {
    await using rehearsal = await counting({ pods: '5' })
    await rehearsal.settle()
    const quota = await rehearsal.client.get(resourceQuotas, key)
    // Admission has charged for a pod that is not stored yet.
    await rehearsal.client.updateStatus(resourceQuotas, {
      ...quota,
      status: { hard: { pods: '5' }, used: { pods: '1' } },
    })
    await rehearsal.clock.advance(50)
    rehearsal.client.seed(pods, samplePod('late'))
    for (let turn = 0; turn < 300; turn += 1) await rehearsal.clock.advance(1)
    expect((await statusOf(rehearsal))?.used).toEqual({ pods: '1' })
  })
})
