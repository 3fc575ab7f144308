import { beforeEach, describe, expect, it, test } from 'vitest'

import type { AutoscalingHorizontalPodAutoscaler } from '../../../generated/kubernetes.d.ts'
import { namespaces } from '../client/resources.ts'
import { createApiFixture, type ApiFixture } from '../server/testing/api-fixture.ts'
import { sendTo } from '../server/testing/send.ts'
import { toMetric, toMetricStatus, toV1Metric, toV1MetricStatus } from './autoscaler-metrics-v1.ts'
import { fromV1, toV1 } from './horizontal-pod-autoscaler-v1.ts'
import { autoscalerColumns } from './horizontal-pod-autoscaler.ts'

type Autoscaler = AutoscalingHorizontalPodAutoscaler
type Metric = NonNullable<Autoscaler['spec']['metrics']>[number]
type MetricStatus = NonNullable<NonNullable<Autoscaler['status']>['currentMetrics']>[number]

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' }
const paths = {
  v1: '/apis/autoscaling/v1/namespaces/d/horizontalpodautoscalers',
  v2: '/apis/autoscaling/v2/namespaces/d/horizontalpodautoscalers',
}

let fixture: ApiFixture

beforeEach(async () => {
  fixture = await createApiFixture()
  await fixture.client.create(namespaces, { metadata: { name: 'd' }, spec: {} })
})

async function send(method: string, path: string, body?: object): Promise<Autoscaler> {
  const response = await sendTo(fixture.server, method, path, body ? { body } : {})
  return JSON.parse(response.body as string) as Autoscaler
}

describe('defaults', () => {
  const spec = { maxReplicas: 3, scaleTargetRef }

  it('aim at 80 % of the requested CPU', async () => {
    const stored = await send('POST', paths.v2, { metadata: { name: 'h' }, spec })
    expect(stored.spec).toEqual({
      ...spec,
      minReplicas: 1,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
        },
      ],
    })
    expect(stored.metadata.generation).toBeUndefined()
  })

  it('complete a behavior that is given in part', async () => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 10 } }
    const stored = await send('POST', paths.v2, { metadata: { name: 'h' }, spec: { ...spec, behavior } })
    const percent = { type: 'Percent', value: 100, periodSeconds: 15 }
    expect(stored.spec.behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, percent],
      },
      scaleDown: { stabilizationWindowSeconds: 10, selectPolicy: 'Max', policies: [percent] },
    })
  })
})

describe('an autoscaler of v1', () => {
  it('is one of v2, and the other way round', async () => {
    const shown = await send('POST', paths.v1, {
      metadata: { name: 'h' },
      spec: { maxReplicas: 3, scaleTargetRef, targetCPUUtilizationPercentage: 60 },
    })
    expect(shown).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { minReplicas: 1, targetCPUUtilizationPercentage: 60 },
    })
    const stored = await send('GET', `${paths.v2}/h`)
    expect(stored.apiVersion).toBe('autoscaling/v2')
    expect(stored.spec.metrics).toEqual([
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
      },
    ])
    const memory = { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } }
    const metrics = [...(stored.spec.metrics ?? []), { type: 'Resource', resource: memory }]
    await send('PUT', `${paths.v2}/h`, { ...stored, spec: { ...stored.spec, metrics } })
    expect((await send('GET', `${paths.v1}/h`)).metadata.annotations).toEqual({
      'autoscaling.alpha.kubernetes.io/metrics':
        '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}]',
    })
  })

  it('aims at 80 % where nothing is said', async () => {
    const shown = await send('POST', paths.v1, {
      metadata: { name: 'h' },
      spec: { maxReplicas: 3, scaleTargetRef },
    })
    expect(shown.spec).toMatchObject({ targetCPUUtilizationPercentage: 80 })
  })

  it('is refused under the names of v2', async () => {
    const answer = await send('POST', paths.v1, {
      metadata: { name: 'x' },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'x' } },
    })
    expect(answer).toMatchObject({
      message:
        'HorizontalPodAutoscaler.autoscaling "x" is invalid: spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
    })
  })

  it('is listed by kubectl under one version', async () => {
    const group = await send('GET', '/apis/autoscaling')
    expect(group).toMatchObject({
      preferredVersion: { version: 'v2' },
      versions: [{ version: 'v2' }, { version: 'v1' }],
    })
  })
})

const selector = { matchLabels: { a: 'b' } }
const metrics: Metric[] = [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '1' } } },
  {
    type: 'ContainerResource',
    containerResource: {
      name: 'cpu',
      container: 'c',
      target: { type: 'Utilization', averageUtilization: 5 },
    },
  },
  {
    type: 'Pods',
    pods: { metric: { name: 'm', selector }, target: { type: 'AverageValue', averageValue: '3' } },
  },
  {
    type: 'Object',
    object: { describedObject: scaleTargetRef, metric: { name: 'm' }, target: { type: 'Value', value: '3' } },
  },
  { type: 'External', external: { metric: { name: 'm', selector }, target: { type: 'Value', value: '3' } } },
]
const statuses: MetricStatus[] = [
  { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '1', averageUtilization: 7 } } },
  {
    type: 'ContainerResource',
    containerResource: { name: 'cpu', container: 'c', current: { averageValue: '1' } },
  },
  { type: 'Pods', pods: { metric: { name: 'm' }, current: { averageValue: '3' } } },
  {
    type: 'Object',
    object: {
      describedObject: scaleTargetRef,
      metric: { name: 'm' },
      current: { value: '3', averageValue: '1' },
    },
  },
  { type: 'External', external: { metric: { name: 'm', selector }, current: { value: '3' } } },
]

describe('conversion to v1 and back', () => {
  test.each(metrics)('keeps metric $type', (metric) => {
    expect(toMetric(toV1Metric(metric))).toEqual(metric)
  })

  test.each(statuses)('keeps measured metric $type', (status) => {
    expect(toMetricStatus(toV1MetricStatus(status))).toEqual(status)
  })

  test('keeps an autoscaler, its behavior and conditions', () => {
    const stored = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h', annotations: { mine: 'x' } },
      spec: {
        scaleTargetRef,
        minReplicas: 1,
        maxReplicas: 3,
        metrics,
        behavior: {
          scaleUp: { selectPolicy: 'Max', policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] },
        },
      },
      status: {
        currentReplicas: 1,
        desiredReplicas: 2,
        currentMetrics: statuses,
        conditions: [{ type: 'AbleToScale', status: 'True' }],
      },
      // A sample without the rest of the metadata.
    } as unknown as Autoscaler
    const shown = toV1(stored)
    expect(shown.metadata.annotations?.['autoscaling.alpha.kubernetes.io/behavior']).toBe(
      '{"ScaleUp":{"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":15}]}}',
    )
    expect(shown.status).toEqual({
      currentReplicas: 1,
      desiredReplicas: 2,
      currentCPUUtilizationPercentage: 7,
    })
    expect(fromV1(shown)).toEqual(stored)
  })
})

test.each<[Metric[], MetricStatus[], string]>([
  [[], [], '<none>'],
  [metrics.slice(0, 1), [], 'cpu: <unknown>/1'],
  [metrics.slice(0, 1), statuses, 'cpu: 1/1'],
  [metrics.slice(1, 3), statuses.slice(1), 'cpu: <unknown>/5%, 3/3'],
  [metrics, [], 'cpu: <unknown>/1, cpu: <unknown>/5% + 3 more...'],
  [metrics.slice(3), statuses.slice(3), '3/3, 3/3'],
])('metrics %#: targets are printed as %s', (spec, currentMetrics, expected) => {
  const column = autoscalerColumns.find(({ name }) => name === 'Targets')
  // A sample without what the column does not read.
  const object = { spec: { metrics: spec }, status: { currentMetrics } } as unknown as Autoscaler
  expect(column?.cell(object, 0)).toBe(expected)
})
