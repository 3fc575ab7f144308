import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Pod } from '../../../generated/kubernetes.d.ts'
import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { namespaces, pods, services } from '../../kubernetes/client/resources.ts'
import { admissionRequest } from '../../kubernetes/registry/testing/admission-request.ts'
import type { MutatingPlugin } from '../../kubernetes/server/ports.ts'
import { until } from '../../network/testing/test-target.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { FakeClient } from '../../kubernetes/client/testing/fake-client.ts'
import { createReadinessGateInjector } from './gate-injector.ts'
import { targetGroupBindings } from './target-group-bindings.ts'

const GATE = 'target-health.elbv2.k8s.aws/by-ip'

let supervisor: Supervisor
let plugin: MutatingPlugin

beforeEach(async () => {
  const client = new FakeClient({ clock: systemClock })
  client.seed(namespaces, {
    metadata: { name: 'shop', labels: { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' } },
  } as never)
  client.seed(namespaces, { metadata: { name: 'plain' } } as never)
  for (const namespace of ['shop', 'plain']) {
    client.seed(services, {
      metadata: { namespace, name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    })
    for (const targetType of ['ip', 'instance'] as const) {
      client.seed(targetGroupBindings, {
        metadata: { namespace, name: `by-${targetType}` },
        spec: { targetType, serviceRef: { name: 'web', port: 80 } },
      })
    }
  }
  supervisor = new Supervisor(silentLog)
  const context = createControllerContext({ client, clock: systemClock, log: silentLog, supervisor })
  plugin = createReadinessGateInjector({ context })
  await until('the informers', () => context.informer(services).synced && context.informer(namespaces).synced)
})

afterEach(() => supervisor.stop())

async function gates(namespace: string, app: string, own: string[] = []): Promise<string[]> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace, uid: '', resourceVersion: '', creationTimestamp: '', labels: { app } },
    spec: { containers: [], readinessGates: own.map((conditionType) => ({ conditionType })) },
  }
  const changed = await plugin.admit(admissionRequest(pods, pod))
  return ((changed as Pod | undefined)?.spec.readinessGates ?? []).map(({ conditionType }) => conditionType)
}

describe('the readiness gate injector', () => {
  it('gives a gate to pods behind a target group of pods, beside those they have', async () => {
    expect(await gates('shop', 'web', ['example.com/own'])).toEqual(['example.com/own', GATE])
  })

  it('leaves alone a pod that has the gate', async () => {
    expect(await gates('shop', 'web', await gates('shop', 'web'))).toEqual([])
  })

  it('leaves alone pods of no load balancer, and namespaces that are not labelled', async () => {
    expect(await gates('shop', 'other')).toEqual([])
    expect(await gates('plain', 'web')).toEqual([])
  })
})
