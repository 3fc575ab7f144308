// What kube-apiserver v1.35.4 answers to evictions under disruption budgets.
import { beforeEach, describe, expect, it } from 'vitest'

import type { Pod, PodDisruptionBudget } from '../../../../generated/kubernetes.d.ts'
import { namespaces, podDisruptionBudgets, pods, serviceAccounts } from '../../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../testing/api-fixture.ts'
import { sendTo } from '../testing/send.ts'

const labels = { app: 'web' }
const key = { namespace: 'd', name: 'p' }
const refused = "Cannot evict pod as it would violate the pod's disruption budget."

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
  await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'd' } })
})

async function seedPod(name: string, { ready = true, phase = 'Running' } = {}): Promise<Pod> {
  const { client } = fixture
  const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] }
  const pod = await client.create(pods, { metadata: { name, namespace: 'd', labels }, spec })
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
  // Phases are a closed set, and all of these are in it.
  return client.updateStatus(pods, { ...pod, status: { phase: phase as 'Running', conditions } })
}

async function seedBudget(
  status: PodDisruptionBudget['status'],
  spec: PodDisruptionBudget['spec'] = {},
  name = 'pdb',
): Promise<void> {
  const budget = await fixture.client.create(podDisruptionBudgets, {
    metadata: { name, namespace: 'd' },
    spec: { minAvailable: 1, selector: { matchLabels: labels }, ...spec },
  })
  await fixture.client.updateStatus(podDisruptionBudgets, {
    ...budget,
    status: { observedGeneration: 1, ...status },
  })
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: { message?: string; details?: { causes?: { message: string; reason: string }[] } }
}

async function evict(name = 'p', body: object = {}, query = ''): Promise<Answer> {
  const url = `/api/v1/namespaces/d/pods/${name}/eviction${query}`
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'd' }, ...body }
  const { status, headers, body: text } = await sendTo(fixture.server, 'POST', url, { body: eviction })
  return {
    status,
    retryAfter: headers['retry-after'] as string | undefined,
    body: JSON.parse(text as string) as Answer['body'],
  }
}

function budget(): Promise<PodDisruptionBudget> {
  return fixture.client.get(podDisruptionBudgets, { namespace: 'd', name: 'pdb' })
}

describe('an eviction', () => {
  it('marks the pod and deletes it', async () => {
    await seedPod('p')
    expect(await evict()).toMatchObject({ status: 201, body: { status: 'Success', code: 201 } })
    const pod = await fixture.client.get(pods, key)
    expect(pod.metadata.deletionTimestamp).toBeDefined()
    expect(pod.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'EvictionByEvictionAPI',
        message: 'Eviction API: evicting',
      }),
    )
  })

  it("may be of policy/v1beta1, as eksctl's are, and of no other version", async () => {
    await seedPod('p')
    const other = await evict('p', { apiVersion: 'policy/v1alpha1' })
    expect(other.status).toBe(400)
    expect((await evict('p', { apiVersion: 'policy/v1beta1' })).status).toBe(201)
  })

  it('takes one off the budget, which then refuses', async () => {
    await seedPod('p')
    await seedPod('q')
    await seedBudget({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 })
    expect((await evict()).status).toBe(201)
    const { status } = await budget()
    expect(status).toMatchObject({ disruptionsAllowed: 0, currentHealthy: 2 })
    expect(Object.keys(status?.disruptedPods ?? {})).toEqual(['p'])
    expect(status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'InsufficientPods' })
    const answer = await evict('q')
    expect(answer).toMatchObject({ status: 429, body: { message: refused, reason: 'TooManyRequests' } })
    expect((await fixture.client.get(pods, { namespace: 'd', name: 'q' })).metadata.deletionTimestamp).toBe(
      undefined,
    )
  })

  it.each([
    [
      { disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2 },
      'The disruption budget pdb needs 2 healthy pods and has 2 currently',
      undefined,
    ],
    [
      { observedGeneration: 0, disruptionsAllowed: 5 },
      'The disruption budget pdb is still being processed by the server.',
      '10',
    ],
    [
      {
        disruptionsAllowed: 0,
        currentHealthy: 1,
        conditions: [
          {
            type: 'DisruptionAllowed',
            status: 'False' as const,
            reason: 'SyncFailed',
            message: 'no scale',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      },
      'The disruption budget pdb does not allow evicting pods currently because it failed sync: no scale',
      undefined,
    ],
  ])('is refused with status %j', async (status, message, retryAfter) => {
    await seedPod('p')
    await seedBudget(status)
    const answer = await evict()
    expect(answer).toMatchObject({ status: 429, body: { message: refused } })
    expect(answer.body.details?.causes).toEqual([{ reason: 'DisruptionBudget', message }])
    expect(answer.retryAfter).toBe(retryAfter)
  })

  it('is refused under two budgets', async () => {
    await seedPod('p')
    await seedBudget({ disruptionsAllowed: 1 })
    await seedBudget({ disruptionsAllowed: 1 }, {}, 'other')
    const answer = await evict()
    expect(answer).toMatchObject({
      status: 500,
      body: {
        message:
          'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      },
    })
    expect(answer.body).not.toHaveProperty('reason')
  })

  it('is refused under another name', async () => {
    await seedPod('p')
    expect(await evict('p', { metadata: { name: 'x' } })).toMatchObject({
      status: 400,
      body: { message: 'name in URL does not match name in Eviction object' },
    })
  })

  it.each(['Pending', 'Succeeded', 'Failed'])('of a pod that is %s asks no budget', async (phase) => {
    await seedPod('p', { ready: false, phase })
    await seedBudget({ disruptionsAllowed: 0 })
    expect((await evict()).status).toBe(201)
  })

  it.each([
    [{}, { currentHealthy: 1, desiredHealthy: 1 }, 201],
    [{}, { currentHealthy: 0, desiredHealthy: 1 }, 429],
    [{ unhealthyPodEvictionPolicy: 'AlwaysAllow' as const }, { currentHealthy: 0, desiredHealthy: 1 }, 201],
  ])('of an unready pod under %j with %j: %i', async (spec, status, code) => {
    await seedPod('p', { ready: false })
    await seedBudget({ disruptionsAllowed: 0, ...status }, spec)
    expect((await evict()).status).toBe(code)
    expect((await budget()).status?.disruptedPods).toBeUndefined()
  })

  it('on trial changes nothing, and is refused all the same', async () => {
    await seedPod('p')
    await seedBudget({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 })
    for (const answer of [
      await evict('p', {}, '?dryRun=All'),
      await evict('p', { deleteOptions: { dryRun: ['All'] } }),
    ]) {
      expect(answer.status).toBe(201)
    }
    expect((await fixture.client.get(pods, key)).metadata.deletionTimestamp).toBeUndefined()
    expect((await budget()).status?.disruptionsAllowed).toBe(1)
    const live = await budget()
    await fixture.client.updateStatus(podDisruptionBudgets, {
      ...live,
      status: { ...live.status, disruptionsAllowed: 0 },
    })
    expect((await evict('p', {}, '?dryRun=All')).status).toBe(429)
  })

  it('is refused when the pod is another by now', async () => {
    await seedPod('p')
    const answer = await evict('p', { deleteOptions: { preconditions: { uid: 'other' } } })
    expect(answer.status).toBe(409)
    expect((await fixture.client.get(pods, key)).status?.conditions?.length).toBe(1)
  })

  it('is allowed to as many as the budget allows, when all come at once', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`)
    for (const name of names) await seedPod(name)
    await seedBudget({ disruptionsAllowed: 5, currentHealthy: 12, desiredHealthy: 7, expectedPods: 12 })
    const answers = await Promise.all(names.map((name) => evict(name)))
    expect(answers.filter(({ status }) => status === 201).length).toBe(5)
    expect(answers.filter(({ status }) => status === 429).length).toBe(7)
    const gone = (await fixture.client.list(pods)).items.filter(({ metadata }) => metadata.deletionTimestamp)
    expect(gone.length).toBe(5)
  })
})
