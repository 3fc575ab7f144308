// Owns the HorizontalPodAutoscaler kind of autoscaling/v1: a view of those of v2, with what v1 has no fields for in
// annotations. Source: kubernetes pkg/apis/autoscaling/v1/conversion.go.
import type {
  AutoscalingHorizontalPodAutoscaler,
  HorizontalPodAutoscaler,
} from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import type { Resource } from '../client/client.ts'
import { horizontalPodAutoscalers } from '../client/resources.ts'
import { fill, structAt } from '../schema/default-fill.ts'
import { validateAutoscalerSpec } from './autoscaler-rules.ts'
import { toMetric, toMetricStatus, toV1Metric, toV1MetricStatus } from './autoscaler-metrics-v1.ts'
import { autoscalerColumns, horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler.ts'
import { defineKind } from './kind.ts'

const resource: Resource<HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v1',
  plural: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
}

const PREFIX = 'autoscaling.alpha.kubernetes.io/'
const METRICS = `${PREFIX}metrics`
const CURRENT_METRICS = `${PREFIX}current-metrics`
const CONDITIONS = `${PREFIX}conditions`
const BEHAVIOR = `${PREFIX}behavior`
const DEFAULT_CPU_PERCENT = 80

type Metric = NonNullable<AutoscalingHorizontalPodAutoscaler['spec']['metrics']>[number]

/** The metric that v1 has a field for. */
function isCpuUtilization({ type, resource: source }: Metric): boolean {
  return type === 'Resource' && source?.name === 'cpu' && source.target.averageUtilization !== undefined
}

/** An autoscaler of v2 as v1 shows it. */
export function toV1(stored: AutoscalingHorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const { spec, status, metadata } = stored
  const metrics = spec.metrics ?? []
  const cpu = metrics.find(isCpuUtilization)?.resource?.target.averageUtilization
  const others = metrics.filter((metric) => !isCpuUtilization(metric))
  const current = status?.currentMetrics ?? []
  const currentCpu = current.find((metric) => metric.type === 'Resource' && metric.resource?.name === 'cpu')
  const percent = currentCpu?.resource?.current.averageUtilization
  const annotations = {
    ...withoutOurs(metadata.annotations),
    ...(others.length > 0 ? { [METRICS]: JSON.stringify(others.map(toV1Metric)) } : {}),
    ...(current.length > 0 ? { [CURRENT_METRICS]: JSON.stringify(current.map(toV1MetricStatus)) } : {}),
    ...(spec.behavior ? { [BEHAVIOR]: JSON.stringify(renamed(spec.behavior, upper)) } : {}),
    ...(status?.conditions?.length ? { [CONDITIONS]: JSON.stringify(status.conditions) } : {}),
  }
  const { currentMetrics: _m, conditions: _c, ...counts } = status ?? { desiredReplicas: 0 }
  return {
    ...stored,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, annotations),
    spec: {
      scaleTargetRef: spec.scaleTargetRef,
      ...(spec.minReplicas === undefined ? {} : { minReplicas: spec.minReplicas }),
      maxReplicas: spec.maxReplicas,
      ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }),
    },
    status: {
      ...counts,
      currentReplicas: counts.currentReplicas ?? 0,
      ...(percent === undefined ? {} : { currentCPUUtilizationPercentage: percent }),
    },
  }
}

/** An autoscaler of v1 as it is stored. */
export function fromV1(shown: HorizontalPodAutoscaler): AutoscalingHorizontalPodAutoscaler {
  const { spec, status, metadata } = shown
  const annotations = metadata.annotations ?? {}
  const others = (read(annotations[METRICS]) as Parameters<typeof toMetric>[0][] | undefined)?.map(toMetric)
  const percent = spec.targetCPUUtilizationPercentage
  const metrics = [...(others ?? []), ...(percent === undefined ? [] : [cpuMetric(percent)])]
  const behavior = read(annotations[BEHAVIOR])
  const current = read(annotations[CURRENT_METRICS]) as Parameters<typeof toMetricStatus>[0][] | undefined
  const conditions = read(annotations[CONDITIONS])
  const { currentCPUUtilizationPercentage: _c, ...counts } = status ?? { desiredReplicas: 0 }
  // What annotations carry was written by this file, or by a user who must know its form.
  return {
    ...shown,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, withoutOurs(annotations)),
    spec: {
      scaleTargetRef: spec.scaleTargetRef,
      ...(spec.minReplicas === undefined ? {} : { minReplicas: spec.minReplicas }),
      maxReplicas: spec.maxReplicas,
      metrics: metrics.length > 0 ? metrics : [cpuMetric(DEFAULT_CPU_PERCENT)],
      ...(isObject(behavior) ? { behavior: renamed(behavior, lower) } : {}),
    },
    status: {
      ...counts,
      ...(current ? { currentMetrics: current.map(toMetricStatus) } : {}),
      ...(Array.isArray(conditions) ? { conditions } : {}),
    },
  } as AutoscalingHorizontalPodAutoscaler
}

function cpuMetric(averageUtilization: number): Metric {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }
}

function withAnnotations<T extends object>(metadata: T, annotations: Readonly<Record<string, string>>): T {
  const { annotations: _a, ...rest } = metadata as T & { annotations?: unknown }
  return (Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest) as T
}

function withoutOurs(annotations: Readonly<Record<string, string>> = {}): Record<string, string> {
  const ours = new Set([METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR])
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !ours.has(key)))
}

// An annotation that cannot be read counts as absent.
function read(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const upper = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
const lower = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

/** Behavior is written under the names that Go gives the fields. */
function renamed(value: unknown, name: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, name))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [name(key), renamed(item, name)]),
  )
}

export const horizontalPodAutoscalerV1Kind = defineKind<HorizontalPodAutoscaler>({
  resource,
  type: 'autoscaling/v1.HorizontalPodAutoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  status: true,
  storedAs: { resource: horizontalPodAutoscalers, encode: fromV1, decode: toV1 },
  // SetDefaults_HorizontalPodAutoscaler of pkg/apis/autoscaling/v1/defaults.go: the rest comes with the conversion.
  defaults: (autoscaler) => fill(structAt(autoscaler, 'spec'), { minReplicas: 1 }),
  columns: autoscalerColumns.map((column) => ({
    ...column,
    cell: (object, nowMs) => column.cell(fromV1(object), nowMs),
  })),
  prepareForCreate: ({ status: _status, ...autoscaler }) =>
    toV1(fromV1({ ...autoscaler, status: { currentReplicas: 0, desiredReplicas: 0 } })),
  validate: (object) => validateAutoscalerSpec(fromV1(object).spec),
  validateStatus: (object, old) =>
    horizontalPodAutoscalerKind.validateStatus?.(fromV1(object), fromV1(old)) ?? [],
})
