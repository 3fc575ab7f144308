import { beforeEach, describe, expect, it } from 'vitest'

import type { LimitRangeItem, Pod } from '../../../../generated/kubernetes.d.ts'
import { limitRanges, namespaces, pods, serviceAccounts } from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
})

function limit(...limits: LimitRangeItem[]): Promise<unknown> {
  return fixture.client.create(limitRanges, { metadata: { name: 'l', namespace: 'd' }, spec: { limits } })
}

function createPod(
  ...resources: NonNullable<Pod['spec']['containers'][number]['resources']>[]
): Promise<Pod> {
  const containers = resources.map((each, index) => ({
    name: 'cde'[index] ?? '',
    image: 'n',
    resources: each,
  }))
  return fixture.client.create(pods, { metadata: { name: 'x', namespace: 'd' }, spec: { containers } })
}

const ofContainers = {
  type: 'Container',
  max: { cpu: '2' },
  min: { cpu: '100m' },
  maxLimitRequestRatio: { cpu: '4' },
}

describe('LimitRanger', () => {
  it('fills in what a container does not say, and says so in an annotation', async () => {
    await limit({
      type: 'Container',
      default: { cpu: '500m' },
      defaultRequest: { cpu: '200m', memory: '1Mi' },
    })
    const pod = await createPod({ limits: { memory: '2Mi' } })
    expect(pod.spec.containers[0]?.resources).toEqual({
      limits: { cpu: '500m', memory: '2Mi' },
      requests: { cpu: '200m', memory: '2Mi' },
    })
    expect(pod.metadata.annotations).toMatchObject({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
    })
  })

  it('leaves alone what says everything', async () => {
    await limit({ type: 'Container', default: { cpu: '500m' } })
    const pod = await createPod({ limits: { cpu: '1' }, requests: { cpu: '1' } })
    expect(pod.metadata.annotations).toBeUndefined()
  })

  it('sees what a pod without words of its own gets', async () => {
    await limit(ofContainers)
    const pod = await createPod({})
    expect(pod.spec.containers[0]?.resources).toEqual({ limits: { cpu: '2' }, requests: { cpu: '2' } })
  })
})
