import { expect, test } from 'vitest'

import type { KubernetesClient } from '../kubernetes/client/client.ts'
import {
  daemonSets,
  deployments,
  endpointSlices,
  namespaces,
  nodes,
  pods,
  replicaSets,
  serviceAccounts,
  services,
} from '../kubernetes/client/resources.ts'
import { createApiFixture } from '../kubernetes/server/testing/api-fixture.ts'
import { systemClock } from '../base/clock.ts'
import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { runController } from '../reconcile/run-controller.ts'
import { builtinControllers } from './index.ts'
import { createRehearsalKubelet } from './testing/kubelet.ts'
import { Rehearsal } from './testing/rehearsal.ts'
import { sampleDeployment, sampleNode, templateOf } from './testing/samples.ts'

const issueToken = () => Promise.resolve('token')

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`)
    await systemClock.sleep(5)
  }
}

// run-controller.ts: how long a key rests at most after a pass, before it is looked at again.
const LONGEST_REST_MS = 200

/** Resolves once nobody has written for longer than a key rests, time in which nothing ran not counted. */
async function rest(writes: readonly string[]): Promise<void> {
  let seen = -1
  let quietMs = 0
  let lastMs = performance.now()
  await until('rest', async () => {
    const nowMs = performance.now()
    // A machine that does other things stretches a poll: as much as one poll is taken of it.
    quietMs = writes.length === seen ? quietMs + Math.min(nowMs - lastMs, 10) : 0
    seen = writes.length
    lastMs = nowMs
    return quietMs > LONGEST_REST_MS * 1.5
  })
}

/** A client that counts writes: one that changes nothing on the server is a write all the same. */
function counting(client: KubernetesClient): { client: KubernetesClient; writes: string[] } {
  const writes: string[] = []
  const told = <A extends readonly unknown[], R>(verb: string, call: (...args: A) => R) => {
    return (...args: A): R => {
      writes.push(`${verb} ${JSON.stringify(args[0])} ${JSON.stringify(args[1])}`)
      return call(...args)
    }
  }
  const counted: KubernetesClient = {
    get: (resource, key) => client.get(resource, key),
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options) => client.watch(resource, options),
    create: told('create', client.create.bind(client)) as KubernetesClient['create'],
    update: told('update', client.update.bind(client)) as KubernetesClient['update'],
    updateStatus: told('updateStatus', client.updateStatus.bind(client)) as KubernetesClient['updateStatus'],
    patch: told('patch', client.patch.bind(client)) as KubernetesClient['patch'],
    delete: told('delete', client.delete.bind(client)),
    createSubresource: told('createSubresource', client.createSubresource.bind(client)),
    getScale: (resource, key) => client.getScale(resource, key),
    updateScale: told('updateScale', client.updateScale.bind(client)),
  }
  return { client: counted, writes }
}

test('on a real API server: up, rolled, at rest without a write, and the namespace gone with all that was in it', async () => {
  const { client } = await createApiFixture()
  const { client: counted, writes } = counting(client)
  const supervisor = new Supervisor(silentLog)
  const environment = { clock: systemClock, log: silentLog, supervisor }
  const context = createControllerContext({ client: counted, ...environment })
  for (const controller of [
    ...builtinControllers(context, { caPem: 'PEM', issueToken }),
    createRehearsalKubelet(context),
  ]) {
    runController(controller, environment)
  }
  try {
    // Heard from for as long as the case may take: nobody sends heartbeats here.
    const now = new Date(systemClock.now() + 600_000).toISOString()
    for (const name of ['a', 'b']) {
      const ready = {
        type: 'Ready',
        status: 'True',
        lastHeartbeatTime: now,
        lastTransitionTime: now,
        reason: 'KubeletReady',
        message: 'ready',
      }
      const { spec, metadata } = sampleNode(name)
      await client.create(nodes, { metadata: { name, labels: metadata.labels ?? {} }, spec })
      const made = await client.get(nodes, { name })
      const { allocatable = {} } = sampleNode(name).status ?? {}
      await client.updateStatus(nodes, {
        ...made,
        status: { ...made.status, allocatable, capacity: allocatable, conditions: [ready] },
      })
    }
    await client.create(namespaces, { metadata: { name: 'shop' }, spec: {} })
    await until(
      'service account',
      async () => (await client.list(serviceAccounts, { namespace: 'shop' })).items.length === 1,
    )
    const sample = sampleDeployment()
    await client.create(deployments, { ...sample, metadata: { name: 'web', namespace: 'shop' } })
    await client.create(services, {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    })
    const { metadata: _metadata, ...daemon } = { ...sample, kind: 'DaemonSet' }
    await client.create(daemonSets, {
      metadata: { name: 'agent', namespace: 'shop' },
      spec: { selector: { matchLabels: { app: 'web' } }, template: daemon.spec.template },
    })
    const key = { namespace: 'shop', name: 'web' }
    const isUp = async () => {
      const { status, metadata } = await client.get(deployments, key)
      const isDone = status?.conditions?.some(({ reason }) => reason === 'NewReplicaSetAvailable')
      return (
        Boolean(isDone) &&
        status?.observedGeneration === metadata.generation &&
        status?.updatedReplicas === 2 &&
        status?.replicas === 2
      )
    }
    await until('deployment up', isUp)
    await client.patch(deployments, key, { spec: { template: templateOf('nginx:2') } }, { type: 'merge' })
    await until(
      'rolled',
      async () => (await client.list(replicaSets, { namespace: 'shop' })).items.length === 2 && isUp(),
    )
    await until(
      'daemons up',
      async () =>
        (await client.get(daemonSets, { namespace: 'shop', name: 'agent' })).status?.numberReady === 2,
    )
    await until('endpoints', async () => {
      const [slice] = (await client.list(endpointSlices, { namespace: 'shop' })).items
      return slice?.endpoints?.filter(({ conditions }) => conditions?.ready).length === 4
    })
    await rest(writes)
    const before = writes.length
    // Everybody looks once more, as after a restart of the watch: that alone must not make anyone write.
    await client.patch(
      nodes,
      { name: 'a' },
      { metadata: { annotations: { touched: 'yes' } } },
      { type: 'merge' },
    )
    await client.patch(
      namespaces,
      { name: 'shop' },
      { metadata: { annotations: { touched: 'yes' } } },
      { type: 'merge' },
    )
    await client.patch(services, key, { metadata: { annotations: { touched: 'yes' } } }, { type: 'merge' })
    for (const { metadata } of (await client.list(pods, { namespace: 'shop' })).items) {
      await client.patch(
        pods,
        { namespace: 'shop', name: metadata.name },
        { metadata: { annotations: { touched: 'yes' } } },
        { type: 'merge' },
      )
    }
    await rest(writes)
    expect(writes.slice(before)).toEqual([])
    await client.delete(namespaces, { name: 'shop' })
    await until(
      'namespace gone',
      async () => !(await client.list(namespaces)).items.some(({ metadata }) => metadata.name === 'shop'),
    )
    expect((await client.list(pods, { namespace: 'shop' })).items).toEqual([])
  } finally {
    await supervisor.stop()
  }
})

test('names are unique, as logs and metrics need them', async () => {
  await using rehearsal = new Rehearsal()
  const names = builtinControllers(rehearsal.context, { caPem: 'PEM', issueToken }).map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
