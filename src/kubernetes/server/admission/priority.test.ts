import { beforeEach, describe, expect, it } from 'vitest'

import type { Pod, PodSpec } from '../../../../generated/kubernetes.d.ts'
import { pods, priorityClasses, serviceAccounts } from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
})

function pod(spec: Partial<PodSpec> = {}): Promise<Pod> {
  const containers = [{ name: 'c', image: 'n' }]
  return fixture.client.create(pods, {
    metadata: { name: 'x', namespace: 'default' },
    spec: { containers, ...spec },
  })
}

function priorityClass(name: string, value: number, globalDefault: boolean): Promise<unknown> {
  return fixture.client.create(priorityClasses, { metadata: { name }, value, globalDefault })
}

describe('Priority', () => {
  it.each<[Partial<PodSpec>, string]>([
    [{ priorityClassName: 'nope' }, 'no PriorityClass with name nope was found'],
    [
      { priority: 5 },
      'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
    [
      { preemptionPolicy: 'Never' },
      'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
  ])('refuses a pod with %j', async (spec, why) => {
    await expect(pod(spec)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: `pods "x" is forbidden: ${why}`,
    })
  })

  it('lets one class be the default, and gives it to pods', async () => {
    await priorityClass('pcg', 7, true)
    await expect(priorityClass('other', 8, true)).rejects.toMatchObject({
      reason: 'Forbidden',
      message:
        'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass pcg is already marked as default. Only one default can exist',
    })
    await priorityClass('other', 8, false)
    expect((await pod()).spec).toMatchObject({ priority: 7, priorityClassName: 'pcg' })
  })

  it('keeps the priority of a pod that is sent back without it', async () => {
    const made = await pod()
    const { priority: _p, preemptionPolicy: _q, ...spec } = made.spec
    const metadata = { ...made.metadata, labels: { a: 'b' } }
    const updated = await fixture.client.update(pods, { ...made, metadata, spec })
    expect(updated.spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' })
  })
})
