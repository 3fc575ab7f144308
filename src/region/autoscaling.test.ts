// An autoscaler from usage to replicas: built-in metrics server, API, controllers and kubelets of one cluster.
import { expect, it } from 'vitest'

import { silentLog } from '../base/log.ts'
import { Supervisor } from '../base/supervisor.ts'
import { FakeClock } from '../base/testing/fake-clock.ts'
import { builtinControllers } from '../controllers/index.ts'
import { createRehearsalKubelet } from '../controllers/testing/kubelet.ts'
import { requesting, sampleDeployment, sampleNode, templateOf } from '../controllers/testing/samples.ts'
import {
  deployments,
  events,
  horizontalPodAutoscalers,
  nodes,
  pods,
  serviceAccounts,
} from '../kubernetes/client/resources.ts'
import { createApiFixture } from '../kubernetes/server/testing/api-fixture.ts'
import { createControllerContext } from '../reconcile/context.ts'
import { runController } from '../reconcile/run-controller.ts'
import { metricsBuiltin } from './metrics-builtin.ts'

const web = { namespace: 'default', name: 'web' }
const silent = { log: (): void => undefined, exit: (): void => undefined }

it('scales up by what the metrics server reads, and down again once the load has gone', async () => {
  const clock = new FakeClock()
  const { client, server } = await createApiFixture({ clock })
  const supervisor = new Supervisor(silentLog)
  const context = createControllerContext({
    client,
    clock,
    log: silentLog,
    supervisor,
    served: server.resources,
  })
  // All pods together use so many cores; a reading is what each has used so far.
  let cores = 1.5
  const used = new Map<string, number>()
  let lastMs = clock.now()
  const readings = metricsBuiltin({
    clock,
    log: silentLog,
    usage: async () => {
      const running = (await client.list(pods)).items.filter(({ status }) => status?.phase === 'Running')
      const passedMs = clock.now() - lastMs
      lastMs = clock.now()
      return running.map((pod) => {
        const { uid } = pod.metadata
        const cpuNanos = (used.get(uid) ?? 0) + (cores / running.length) * passedMs * 1e6
        used.set(uid, cpuNanos)
        return { pod, nodeName: 'n1', containers: [{ name: 'main', cpuNanos, memoryBytes: 1 << 20 }] }
      })
    },
    nodes: () => [],
    addKind: (kind) => server.addKind(kind),
  })
  const running = await readings.start(undefined as never, undefined as never, silent)
  const controllers = [
    ...builtinControllers(context, {
      caPem: 'PEM',
      issueToken: async () => 'token',
      served: server.resources,
    }),
    createRehearsalKubelet(context),
  ]
  for (const controller of controllers) runController(controller, { clock, log: silentLog, supervisor })
  const replicas = async (): Promise<number> => (await client.get(deployments, web)).spec?.replicas ?? 0
  const until = async (wanted: number, minutes: number): Promise<void> => {
    for (let second = 0; second < minutes * 60; second += 1) {
      if ((await replicas()) === wanted) return
      await clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { items } = await client.list(events)
    expect({ replicas: await replicas(), said: items.map(({ message }) => message) }).toBe(wanted)
  }
  try {
    await client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'default' } })
    // Heard from for as long as the case may take: nobody sends heartbeats here.
    const lastHeartbeatTime = new Date(clock.now() + 3_600_000).toISOString()
    const ready = { type: 'Ready', status: 'True', lastHeartbeatTime }
    const { status, ...node } = sampleNode('n1')
    const made = await client.create(nodes, node)
    await client.updateStatus(nodes, { ...made, status: { ...status, conditions: [ready] } })
    await client.create(
      deployments,
      sampleDeployment({
        replicas: 2,
        template: { ...templateOf('nginx'), spec: requesting({ cpu: '500m' }) },
      }),
    )
    await client.create(horizontalPodAutoscalers, {
      metadata: web,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 10,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
          },
        ],
      },
    })
    // 1.5 cores at half of 500m each.
    await until(6, 15)
    cores = 0.2
    await until(1, 15)
  } finally {
    await running.stop()
    await supervisor.stop()
    await server.close()
  }
})
