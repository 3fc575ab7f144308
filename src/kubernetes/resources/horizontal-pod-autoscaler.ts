// Owns the HorizontalPodAutoscaler kind of autoscaling/v2, the form in which autoscalers are stored.
import type {
  AutoscalingHorizontalPodAutoscaler,
  AutoscalingMetricSpec,
  AutoscalingMetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import { horizontalPodAutoscalers } from '../client/resources.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { validateAutoscalerSpec } from './autoscaler-rules.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { defineKind, type Column } from './kind.ts'
import { atLeastZero } from './field-rules.ts'

const PERIOD_SECONDS = 15
const DEFAULT_CPU_PERCENT = 80

/** SetDefaults_HorizontalPodAutoscaler of pkg/apis/autoscaling/v2/defaults.go. */
export function defaultAutoscaler(autoscaler: Fields): void {
  const spec = structAt(autoscaler, 'spec')
  fill(spec, { minReplicas: 1 })
  const { metrics, behavior } = spec
  if (!Array.isArray(metrics) || metrics.length === 0) {
    const target = { type: 'Utilization', averageUtilization: DEFAULT_CPU_PERCENT }
    spec['metrics'] = [{ type: 'Resource', resource: { name: 'cpu', target } }]
  }
  if (!isObject(behavior)) return
  const percent = { type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS }
  const pods = { type: 'Pods', value: 4, periodSeconds: PERIOD_SECONDS }
  fill(structAt(behavior, 'scaleUp'), {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [pods, percent],
  })
  fill(structAt(behavior, 'scaleDown'), { selectPolicy: 'Max', policies: [percent] })
}

const UNKNOWN = '<unknown>'
const SHOWN_METRICS = 2

// pkg/printers/internalversion/printers.go formatHPAMetrics.
function targetsOf({ spec, status }: AutoscalingHorizontalPodAutoscaler): string {
  const { metrics = [] } = spec
  if (metrics.length === 0) return '<none>'
  const shown = metrics
    .slice(0, SHOWN_METRICS)
    .map((metric, i) => formatMetric(metric, status?.currentMetrics?.[i]))
    .join(', ')
  const more = metrics.length - SHOWN_METRICS
  return more > 0 ? `${shown} + ${more} more...` : shown
}

function formatMetric(metric: AutoscalingMetricSpec, current?: AutoscalingMetricStatus): string {
  switch (metric.type) {
    case 'External':
      return formatValue(metric.external?.target, current?.external?.current)
    case 'Object':
      return formatValue(metric.object?.target, current?.object?.current)
    case 'Pods': {
      const average = current?.pods?.current.averageValue ?? (current?.pods ? '0' : UNKNOWN)
      return `${average}/${metric.pods?.target.averageValue ?? UNKNOWN}`
    }
    case 'Resource':
      return formatUsage(metric.resource, current?.resource?.current)
    case 'ContainerResource':
      return formatUsage(metric.containerResource, current?.containerResource?.current)
    default:
      return '<unknown type>'
  }
}

function formatValue(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) {
    return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`
  }
  return `${current?.value ?? UNKNOWN}/${target?.value ?? UNKNOWN}`
}

function formatUsage(
  source: { readonly name: string; readonly target: MetricTarget } | undefined,
  current: MetricValueStatus | undefined,
): string {
  if (!source) return UNKNOWN
  const { name, target } = source
  if (target.averageValue !== undefined) {
    return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`
  }
  const percent = (value: number | undefined, missing: string): string =>
    value === undefined ? missing : `${value}%`
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target.averageUtilization, '<auto>')}`
}

export const autoscalerColumns: readonly Column<AutoscalingHorizontalPodAutoscaler>[] = [
  nameColumn,
  {
    name: 'Reference',
    type: 'string',
    cell: ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
  },
  { name: 'Targets', type: 'string', cell: targetsOf },
  { name: 'MinPods', type: 'string', cell: ({ spec }) => String(spec.minReplicas ?? '<unset>') },
  { name: 'MaxPods', type: 'string', cell: ({ spec }) => spec.maxReplicas },
  { name: 'Replicas', type: 'string', cell: ({ status }) => status?.currentReplicas ?? 0 },
  ageColumn,
]

export const horizontalPodAutoscalerKind = defineKind<AutoscalingHorizontalPodAutoscaler>({
  resource: horizontalPodAutoscalers,
  type: 'autoscaling/v2.HorizontalPodAutoscaler',
  defaults: defaultAutoscaler,
  shortNames: ['hpa'],
  categories: ['all'],
  status: true,
  columns: autoscalerColumns,
  prepareForCreate: ({ status: _status, ...autoscaler }) => ({
    ...autoscaler,
    status: { desiredReplicas: 0 },
  }),
  validate: ({ spec }) => validateAutoscalerSpec(spec),
  validateStatus: ({ status }) => [
    ...atLeastZero('status.currentReplicas', status?.currentReplicas),
    ...atLeastZero('status.desiredReplicas', status?.desiredReplicas),
  ],
})
