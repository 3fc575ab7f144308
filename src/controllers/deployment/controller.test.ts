import { describe, expect, test } from 'vitest'

import type { Deployment, ReplicaSet } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import { deployments, nodes, pods, replicaSets } from '../../kubernetes/client/resources.ts'
import { createRehearsalKubelet } from '../testing/kubelet.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { sampleDeployment, sampleNode, templateOf } from '../testing/samples.ts'
import { createReplicaSetController } from '../replicaset/controller.ts'
import { createSchedulerController } from '../scheduler/controller.ts'
import { createDeploymentController } from './controller.ts'

const KEY = { namespace: 'default', name: 'web' }

async function cluster(spec: Partial<Deployment['spec']> = {}, image?: string): Promise<Rehearsal> {
  const rehearsal = new Rehearsal()
  const { client, context } = rehearsal
  for (const name of ['a', 'b']) client.seed(nodes, sampleNode(name, { allocatable: { pods: '50' } }))
  await client.create(deployments, sampleDeployment(spec, image))
  rehearsal.start(
    createDeploymentController(context),
    createReplicaSetController(context),
    createSchedulerController(context),
    createRehearsalKubelet(context),
  )
  return rehearsal
}

function condition(deployment: Deployment, type: string) {
  const found = deployment.status?.conditions?.find((each) => each.type === type)
  return found && { status: found.status, reason: found.reason, message: found.message }
}

async function isRolledOut({ client }: Rehearsal): Promise<boolean> {
  const { status, spec, metadata } = await client.get(deployments, KEY)
  return (
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === spec.replicas &&
    status?.replicas === spec.replicas &&
    status?.availableReplicas === spec.replicas &&
    condition(await client.get(deployments, KEY), 'Progressing')?.reason === 'NewReplicaSetAvailable'
  )
}

async function setTemplate({ client }: Rehearsal, image: string): Promise<void> {
  await client.patch(deployments, KEY, { spec: { template: templateOf(image) } }, { type: 'merge' })
}

async function setsByImage({ client }: Rehearsal): Promise<Map<string, ReplicaSet>> {
  const { items } = await client.list(replicaSets)
  return new Map(items.map((set) => [set.spec.template?.spec?.containers[0]?.image ?? '', set]))
}

describe('deployment controller', () => {
  test('brings up a deployment and tells of it in the words of Kubernetes', async () => {
    await using rehearsal = await cluster()
    await rehearsal.until('rolled out', () => isRolledOut(rehearsal))
    const deployment = await rehearsal.client.get(deployments, KEY)
    const set = (await setsByImage(rehearsal)).get('nginx:1')
    const name = set?.metadata.name ?? ''
    expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5,10}$/)
    expect(set?.metadata.labels?.['pod-template-hash']).toBe(name.slice('web-'.length))
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1')
    expect(condition(deployment, 'Available')).toEqual({
      status: 'True',
      reason: 'MinimumReplicasAvailable',
      message: 'Deployment has minimum availability.',
    })
    expect(condition(deployment, 'Progressing')).toEqual({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${name}" has successfully progressed.`,
    })
    expect(await rehearsal.told()).toContain(`ScalingReplicaSet: Scaled up replica set ${name} from 0 to 2`)
    const { items } = await rehearsal.client.list(pods)
    expect(new Set(items.map((pod) => pod.spec.nodeName))).toEqual(new Set(['a', 'b']))
  })

  test('writes nothing once everything is as it should be', async () => {
    await using rehearsal = await cluster()
    await rehearsal.until('rolled out', () => isRolledOut(rehearsal))
    await rehearsal.settle()
    const writes = rehearsal.client.actions.length
    await rehearsal.clock.advance(3_600_000)
    await rehearsal.settle()
    expect(rehearsal.client.actions.slice(writes)).toEqual([])
  })

  test('rolls without ever having fewer pods available than maxUnavailable allows', async () => {
    const replicas = 4
    await using rehearsal = await cluster({ replicas })
    await rehearsal.until('rolled out', () => isRolledOut(rehearsal))
    let fewest = replicas
    let most = replicas
    await setTemplate(rehearsal, 'nginx:2')
    await rehearsal.until('rolled out again', async () => {
      const { items } = await rehearsal.client.list(pods)
      const alive = items.filter((pod) => !pod.metadata.deletionTimestamp)
      const ready = alive.filter((pod) =>
        pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
      )
      fewest = Math.min(fewest, ready.length)
      most = Math.max(most, alive.length)
      return (await setsByImage(rehearsal)).size === 2 && isRolledOut(rehearsal)
    })
    expect(fewest).toBeGreaterThanOrEqual(3)
    expect(most).toBe(5)
    const sets = await setsByImage(rehearsal)
    expect(sets.get('nginx:1')?.spec.replicas).toBe(0)
    expect(sets.get('nginx:2')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
  })

  test('undo finds the old replica set by its template and gives it the next revision', async () => {
    await using rehearsal = await cluster()
    await rehearsal.until('first', () => isRolledOut(rehearsal))
    const first = (await setsByImage(rehearsal)).get('nginx:1')
    await setTemplate(rehearsal, 'nginx:2')
    await rehearsal.until(
      'second',
      async () => (await setsByImage(rehearsal)).size === 2 && isRolledOut(rehearsal),
    )
    await setTemplate(rehearsal, 'nginx:1')
    await rehearsal.until('back', async () => {
      const set = (await setsByImage(rehearsal)).get('nginx:1')
      return set?.spec.replicas === 2 && (await isRolledOut(rehearsal))
    })
    const sets = await setsByImage(rehearsal)
    expect(sets.size).toBe(2)
    expect(sets.get('nginx:1')?.metadata.uid).toBe(first?.metadata.uid)
    expect(sets.get('nginx:1')?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
    const deployment = await rehearsal.client.get(deployments, KEY)
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
  })

  test('keeps as many old replica sets as revisionHistoryLimit says', async () => {
    await using rehearsal = await cluster({ revisionHistoryLimit: 1 })
    for (const image of ['nginx:2', 'nginx:3', 'nginx:4']) {
      await rehearsal.until('rolled out', () => isRolledOut(rehearsal))
      await setTemplate(rehearsal, image)
      await rehearsal.until(image, async () => (await setsByImage(rehearsal)).has(image))
    }
    await rehearsal.until('cleared', async () => (await setsByImage(rehearsal)).size === 2)
    expect([...(await setsByImage(rehearsal)).keys()].toSorted()).toEqual(['nginx:3', 'nginx:4'])
  })

  test('Recreate has no pod of the new template beside one of the old', async () => {
    await using rehearsal = await cluster({ strategy: { type: 'Recreate' } })
    await rehearsal.until('rolled out', () => isRolledOut(rehearsal))
    await setTemplate(rehearsal, 'nginx:2')
    let mixed = false
    await rehearsal.until('recreated', async () => {
      const { items } = await rehearsal.client.list(pods)
      mixed ||= new Set(items.map((pod) => pod.spec.containers[0]?.image)).size > 1
      return (await setsByImage(rehearsal)).has('nginx:2') && isRolledOut(rehearsal)
    })
    expect(mixed).toBe(false)
  })

  test('a paused deployment scales but does not roll, and says that it is paused', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    await rehearsal.until('rolled out', () => isRolledOut(rehearsal))
    await client.patch(
      deployments,
      KEY,
      { spec: { paused: true, replicas: 3, template: templateOf('nginx:2') } },
      { type: 'merge' },
    )
    await rehearsal.until(
      'scaled',
      async () => (await setsByImage(rehearsal)).get('nginx:1')?.spec.replicas === 3,
    )
    await rehearsal.settle()
    expect((await setsByImage(rehearsal)).has('nginx:2')).toBe(false)
    expect(condition(await client.get(deployments, KEY), 'Progressing')).toEqual({
      status: 'Unknown',
      reason: 'DeploymentPaused',
      message: 'Deployment is paused',
    })
    await client.patch(deployments, KEY, { spec: { paused: false } }, { type: 'merge' })
    await rehearsal.until(
      'resumed',
      async () => (await setsByImage(rehearsal)).has('nginx:2') && isRolledOut(rehearsal),
    )
  })

  test('a roll-out that makes no progress runs into its deadline', async () => {
    await using rehearsal = await cluster({ progressDeadlineSeconds: 30 }, 'broken')
    const read = async () => condition(await rehearsal.client.get(deployments, KEY), 'Progressing')
    await rehearsal.until('begun', async () => (await read())?.reason === 'ReplicaSetUpdated')
    await rehearsal.settle()
    await rehearsal.clock.advance(29_000)
    expect((await read())?.reason).toBe('ReplicaSetUpdated')
    await rehearsal.clock.advance(3_000)
    await rehearsal.until('timed out', async () => (await read())?.status === 'False')
    const [name] = [...(await setsByImage(rehearsal)).values()].map((set) => set.metadata.name)
    expect(await read()).toEqual({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `ReplicaSet "${name}" has timed out progressing.`,
    })
  })

  test('a replica set that cannot be made is reported and tried again', async () => {
    const rehearsal = new Rehearsal()
    await using _ = rehearsal
    await rehearsal.client.create(deployments, sampleDeployment())
    rehearsal.client.failNext('create', 'replicasets', new StatusError('Forbidden', 'exceeded quota'))
    rehearsal.start(createDeploymentController(rehearsal.context))
    await rehearsal.until('made in the end', async () => (await setsByImage(rehearsal)).size === 1)
    const told = await rehearsal.told()
    expect(told.find((line) => line.startsWith('ReplicaSetCreateError'))).toMatch(
      /^ReplicaSetCreateError: Failed to create new replica set "web-\w+": exceeded quota$/,
    )
  })

  test('counts revisions as integers of 64 bits', async () => {
    await using rehearsal = await cluster()
    const { client } = rehearsal
    await rehearsal.until('rolled out', () => isRolledOut(rehearsal))
    const set = (await setsByImage(rehearsal)).get('nginx:1')
    if (!set) throw new Error('no replica set')
    const annotations = { 'deployment.kubernetes.io/revision': '3546343826724305832' }
    const { name } = set.metadata
    await client.patch(replicaSets, { ...KEY, name }, { metadata: { annotations } }, { type: 'merge' })
    await setTemplate(rehearsal, 'nginx:2')
    await rehearsal.until('rolled out', () => isRolledOut(rehearsal))
    const deployment = await client.get(deployments, KEY)
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3546343826724305833')
  })
})
