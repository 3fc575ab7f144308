import { describe, expect, test } from 'vitest'

import type { AutoscalingHorizontalPodAutoscaler, Deployment } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import { formatTimestamp } from '../../base/clock.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { deployments, horizontalPodAutoscalers, pods } from '../../kubernetes/client/resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { readyStatus, requesting, sampleDeployment, samplePod } from '../testing/samples.ts'
import { createPodAutoscalerController } from './controller.ts'

type Autoscaler = AutoscalingHorizontalPodAutoscaler
type Metric = NonNullable<Autoscaler['spec']['metrics']>[number]

const key = { namespace: 'default', name: 'h' }
const web = { namespace: 'default', name: 'web' }
const labels = { app: 'web' }
const podMetrics: Resource = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  plural: 'pods',
  kind: 'PodMetrics',
  namespaced: true,
}
const cpu: Metric = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
}

/** A deployment of pods that request a core each, and an autoscaler for it. */
class Stage implements AsyncDisposable {
  readonly rehearsal = new Rehearsal()
  readonly client = this.rehearsal.client

  constructor(replicas: number, spec: Partial<Autoscaler['spec']> = {}) {
    this.client.seed(deployments, { ...sampleDeployment({ replicas }), status: { replicas } })
    for (let i = 0; i < replicas; i += 1) {
      const status = { ...readyStatus('2025-01-01T00:00:00Z'), startTime: '2025-01-01T00:00:00Z' }
      this.client.seed(pods, samplePod(`p${i}`, { labels, spec: requesting({ cpu: '1' }), status }))
    }
    this.client.seed(horizontalPodAutoscalers, {
      metadata: key,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 10,
        metrics: [cpu],
        ...spec,
      },
    })
  }

  start(): void {
    const resources = (): Resource[] => [deployments as Resource]
    this.rehearsal.start(createPodAutoscalerController(this.rehearsal.context, { resources }))
  }

  use(...usage: readonly string[]): void {
    for (const [i, amount] of usage.entries()) {
      const timestamp = formatTimestamp(this.rehearsal.clock.now())
      const reading = {
        metadata: { name: `p${i}`, namespace: 'default', labels },
        timestamp,
        window: '15s',
        containers: [{ name: 'main', usage: { cpu: amount, memory: '2Mi' } }],
      }
      // Readings are no objects of the table.
      this.client.seed(podMetrics, reading as unknown as KubernetesObject)
    }
  }

  deployment(): Promise<Deployment> {
    return this.client.get(deployments, web)
  }

  async status(): Promise<NonNullable<Autoscaler['status']>> {
    await this.rehearsal.until('looked', async () => {
      return (await this.client.get(horizontalPodAutoscalers, key)).status !== undefined
    })
    await this.rehearsal.settle()
    return (await this.client.get(horizontalPodAutoscalers, key)).status ?? { desiredReplicas: 0 }
  }

  async conditions(): Promise<string[]> {
    const { conditions = [] } = await this.status()
    return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rehearsal[Symbol.asyncDispose]()
  }
}

describe('an autoscaler', () => {
  test('scales its target to what metrics ask for', async () => {
    await using stage = new Stage(2)
    stage.use('900m', '900m')
    stage.start()
    const status = await stage.status()
    expect(status).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 4,
      currentMetrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', current: { averageUtilization: 90, averageValue: '900m' } },
        },
      ],
    })
    expect(status.lastScaleTime).toBeDefined()
    expect((await stage.deployment()).spec.replicas).toBe(4)
    expect(await stage.conditions()).toEqual([
      'AbleToScale=True SucceededRescale',
      'ScalingActive=True ValidMetricFound',
      'ScalingLimited=False DesiredWithinRange',
    ])
    expect(status.conditions?.map(({ message }) => message)).toEqual([
      'the HPA controller was able to update the target scale to 4',
      'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
      'the desired count is within the acceptable range',
    ])
    expect(await stage.rehearsal.told()).toEqual([
      'SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
    ])
  })

  test('waits five minutes before it takes pods away', async () => {
    await using stage = new Stage(4)
    stage.use('0', '0', '0', '0')
    stage.start()
    expect(await stage.conditions()).toContain('AbleToScale=True ScaleDownStabilized')
    expect((await stage.deployment()).spec.replicas).toBe(4)
    await stage.rehearsal.clock.advance(330_000)
    await stage.rehearsal.until('smaller', async () => (await stage.deployment()).spec.replicas === 1)
    expect((await stage.rehearsal.told()).at(-1)).toBe(
      'SuccessfulRescale: New size: 1; reason: All metrics below target',
    )
  })

  test.each([
    [12, {}, 10, 'New size: 10; reason: Current number of replicas above Spec.MaxReplicas'],
    [1, { minReplicas: 3 }, 3, 'New size: 3; reason: Current number of replicas below Spec.MinReplicas'],
  ])('brings %i within its limits', async (replicas, spec, expected, told) => {
    await using stage = new Stage(replicas, spec)
    stage.start()
    await stage.status()
    expect((await stage.deployment()).spec.replicas).toBe(expected)
    expect(await stage.rehearsal.told()).toContain(`SuccessfulRescale: ${told}`)
  })

  test('leaves a target alone that was scaled to nothing', async () => {
    await using stage = new Stage(0)
    stage.start()
    expect(await stage.conditions()).toEqual([
      'AbleToScale=True SucceededGetScale',
      'ScalingActive=False ScalingDisabled',
    ])
  })

  test('takes the highest of several metrics', async () => {
    const memory: Metric = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '500Ki' } },
    }
    await using stage = new Stage(2, { metrics: [cpu, memory] })
    stage.use('500m', '500m')
    stage.start()
    expect((await stage.status()).currentMetrics?.[1]).toEqual({
      type: 'Resource',
      resource: { name: 'memory', current: { averageValue: '2Mi' } },
    })
    // 2Mi is some four times 500Ki; no more than four in one step.
    expect((await stage.deployment()).spec.replicas).toBe(4)
    expect(await stage.conditions()).toContain('ScalingLimited=True ScaleUpLimit')
  })
})

describe('what cannot be told', () => {
  const unavailable =
    'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)'

  const unserved = new StatusError('NotFound', 'the server could not find the requested resource')

  test('is said where there is no metrics server', async () => {
    await using stage = new Stage(2)
    // Nobody serves pods of metrics.k8s.io; the list of pods itself is answered.
    const { client } = stage
    const list = client.list.bind(client)
    client.list = (resource, options) =>
      resource.group === 'metrics.k8s.io' ? Promise.reject(unserved) : list(resource, options)
    stage.start()
    await stage.rehearsal.until('told', async () => (await stage.rehearsal.told()).length === 2)
    const inner = `failed to get cpu utilization: unable to get metrics for resource cpu: ${unavailable}`
    expect((await stage.status()).conditions?.[1]).toMatchObject({
      type: 'ScalingActive',
      status: 'False',
      reason: 'FailedGetResourceMetric',
      message: `the HPA was unable to compute the replica count: ${inner}`,
    })
    expect((await stage.status()).currentMetrics).toEqual([{ type: '' }])
    expect(await stage.rehearsal.told()).toEqual([
      `FailedGetResourceMetric: ${inner}`,
      `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${inner}`,
    ])
  })

  test.each([
    [{ kind: 'Deployment', name: 'zzz' }, 'deployments.apps "zzz" not found'],
    [{ kind: 'Zzz', name: 'web' }, 'no matches for kind "Zzz" in group "apps"'],
  ])('is said of target %j', async (reference, failure) => {
    await using stage = new Stage(1, { scaleTargetRef: { apiVersion: 'apps/v1', ...reference } })
    stage.start()
    expect((await stage.status()).conditions).toMatchObject([
      {
        type: 'AbleToScale',
        status: 'False',
        reason: 'FailedGetScale',
        message: `the HPA controller was unable to get the target's current scale: ${failure}`,
      },
    ])
    expect(await stage.rehearsal.told()).toEqual([`FailedGetScale: ${failure}`])
  })

  test.each<[Metric, string, string]>([
    [
      { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } },
      'FailedGetPodsMetric',
      'unable to get metric m: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
    ],
    [
      {
        type: 'Object',
        object: {
          describedObject: { kind: 'Service', name: 's' },
          metric: { name: 'm' },
          target: { type: 'Value', value: '1' },
        },
      },
      'FailedGetObjectMetric',
      'unable to get metric m: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered on Service default/s',
    ],
    [
      { type: 'External', external: { metric: { name: 'm' }, target: { type: 'Value', value: '1' } } },
      'FailedGetExternalMetric',
      'unable to get external metric default/m/nil: unable to fetch metrics from external metrics API: the server could not find the requested resource (get m.external.metrics.k8s.io)',
    ],
  ])('%#: metrics that nobody serves: %s', async (metric, reason, message) => {
    await using stage = new Stage(1, { metrics: [metric] })
    stage.start()
    await stage.status()
    expect(await stage.rehearsal.told()).toContain(`${reason}: ${message}`)
    expect(await stage.conditions()).toContain(`ScalingActive=False ${reason}`)
  })

  test('is a target that two autoscalers claim', async () => {
    await using stage = new Stage(1)
    const first = await stage.client.get(horizontalPodAutoscalers, key)
    stage.use('500m')
    stage.client.seed(horizontalPodAutoscalers, {
      metadata: { name: 'other', namespace: 'default' },
      spec: first.spec,
    })
    stage.start()
    await stage.status()
    await stage.rehearsal.until('told', async () =>
      (await stage.rehearsal.told()).some((line) => line.startsWith('AmbiguousSelector')),
    )
    expect(await stage.rehearsal.told()).toContain(
      'AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [{h default} {other default}]',
    )
  })
})
