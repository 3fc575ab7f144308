import { describe, expect, test } from 'vitest'

import type { Pod, PodDisruptionBudget } from '../../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../../base/clock.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import {
  deployments,
  jobs,
  podDisruptionBudgets,
  pods,
  replicaSets,
} from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { readyStatus, sampleDeployment, samplePod, sampleSet } from '../testing/samples.ts'
import { createDisruptionController } from './controller.ts'

const key = { namespace: 'default', name: 'pdb' }
const labels = { app: 'web' }
const widgets: Resource = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
}

class Stage implements AsyncDisposable {
  readonly rehearsal = new Rehearsal()
  readonly client = this.rehearsal.client

  start(spec: PodDisruptionBudget['spec'], status: PodDisruptionBudget['status'] = {}): void {
    const selected = { selector: { matchLabels: labels }, ...spec }
    this.client.seed(podDisruptionBudgets, { metadata: key, spec: selected, status })
    const resources = (): Resource[] => [widgets, jobs as Resource]
    this.rehearsal.start(createDisruptionController(this.rehearsal.context, { resources }))
  }

  pod(name: string, change: { owner?: KubernetesObject; ready?: boolean } = {}): Pod {
    const { owner, ready = true } = change
    const ownerReferences = owner
      ? [
          {
            apiVersion: owner.apiVersion,
            kind: owner.kind,
            name: owner.metadata.name,
            uid: owner.metadata.uid,
            controller: true,
          },
        ]
      : []
    const status = ready ? readyStatus() : { phase: 'Running' as const }
    return this.client.seed(pods, samplePod(name, { labels, status, metadata: { ownerReferences, labels } }))
  }

  async status(): Promise<NonNullable<PodDisruptionBudget['status']>> {
    await this.rehearsal.settle()
    return (await this.client.get(podDisruptionBudgets, key)).status ?? {}
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rehearsal[Symbol.asyncDispose]()
  }
}

describe('a budget', () => {
  test('without pods allows nothing, and says so', async () => {
    await using stage = new Stage()
    stage.start({ minAvailable: 2 })
    expect(await stage.status()).toMatchObject({
      observedGeneration: 1,
      disruptionsAllowed: 0,
      currentHealthy: 0,
      desiredHealthy: 2,
      expectedPods: 0,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: 'False',
          observedGeneration: 1,
          reason: 'InsufficientPods',
          message: '',
        },
      ],
    })
    expect(await stage.rehearsal.told()).toEqual(['NoPods: No matching pods found'])
  })

  test('counts ready pods, and again when one changes', async () => {
    await using stage = new Stage()
    const first = stage.pod('a')
    stage.pod('b')
    stage.pod('c', { ready: false })
    stage.start({ minAvailable: 1 })
    expect(await stage.status()).toMatchObject({
      disruptionsAllowed: 1,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 3,
      conditions: [{ status: 'True', reason: 'SufficientPods' }],
    })
    await stage.client.updateStatus(pods, { ...first, status: { phase: 'Running' } })
    expect(await stage.status()).toMatchObject({ disruptionsAllowed: 0, currentHealthy: 1 })
  })

  test.each([
    [{ maxUnavailable: 1 }, 3, 1],
    [{ maxUnavailable: '30%' }, 2, 2],
    [{ minAvailable: '50%' }, 2, 2],
    [{ minAvailable: '51%' }, 3, 1],
    [{ maxUnavailable: 9 }, 0, 4],
  ])('%j of a deployment of 4 wants %i and allows %i', async (spec, desired, allowed) => {
    await using stage = new Stage()
    const deployment = stage.client.seed(deployments, { ...sampleDeployment({ replicas: 4 }), status: {} })
    const reference = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'web',
      uid: deployment.metadata.uid,
      controller: true,
    }
    const sets = ['old', 'new'].map((name) => {
      const set = sampleSet(name, 2)
      return stage.client.seed(replicaSets, {
        ...set,
        metadata: { ...set.metadata, ownerReferences: [reference] },
      })
    })
    for (const owner of sets) for (const i of [1, 2]) stage.pod(`${owner.metadata.name}-${i}`, { owner })
    stage.start(spec)
    expect(await stage.status()).toMatchObject({
      expectedPods: 4,
      desiredHealthy: desired,
      disruptionsAllowed: allowed,
    })
  })

  test('goes by the scale of custom resources', async () => {
    await using stage = new Stage()
    // A custom resource that is scaled.
    const widget = { metadata: { name: 'w', namespace: 'default' }, spec: { replicas: 3 } }
    const owner = stage.client.seed(widgets, widget as unknown as KubernetesObject)
    stage.pod('a', { owner })
    stage.pod('b', { owner })
    stage.start({ maxUnavailable: 1 })
    expect(await stage.status()).toMatchObject({ expectedPods: 3, desiredHealthy: 2, disruptionsAllowed: 0 })
  })

  test('allows nothing when its pods cannot be counted', async () => {
    await using stage = new Stage()
    const owner = stage.client.seed(jobs, {
      metadata: { name: 'j', namespace: 'default' },
      spec: { template: {} },
    })
    stage.pod('a', { owner })
    stage.start({ maxUnavailable: 1 })
    const message = 'jobs.batch does not implement the scale subresource'
    expect(await stage.status()).toMatchObject({
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message }],
    })
    expect(await stage.rehearsal.told()).toContain(
      `CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: ${message}`,
    )
  })

  test('leaves out pods that nothing controls, and says so', async () => {
    await using stage = new Stage()
    stage.pod('a')
    stage.start({ maxUnavailable: 1 })
    expect(await stage.status()).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 })
    expect((await stage.rehearsal.told())[0]).toBe(
      'UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
    )
  })

  test('takes pods on their way out off, for two minutes', async () => {
    await using stage = new Stage()
    stage.pod('a')
    stage.pod('b')
    const now = formatTimestamp(stage.rehearsal.clock.now())
    stage.start({ minAvailable: 1 }, { disruptedPods: { a: now, gone: now } })
    expect(await stage.status()).toMatchObject({ currentHealthy: 1, disruptedPods: { a: now } })
    await stage.rehearsal.clock.advance(122_000)
    expect(await stage.status()).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 })
    expect((await stage.status()).disruptedPods).toBeUndefined()
    expect(await stage.rehearsal.told()).toContain(
      "NotDeleted: Pod was expected by PDB default/default to be deleted but it wasn't",
    )
  })
})
