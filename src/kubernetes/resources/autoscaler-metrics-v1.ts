// Owns the form that metrics of autoscalers have in the annotations of autoscaling/v1.
// Source: kubernetes pkg/apis/autoscaling/v1/conversion.go.
import type {
  AutoscalingMetricSpec,
  AutoscalingMetricStatus,
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from '../../../generated/kubernetes.d.ts'

/** A copy without what is undefined: JSON and the types ask for it. */
function defined<T extends object>(object: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

/** A metric of v2 as v1 writes it. */
export function toV1Metric(metric: AutoscalingMetricSpec): MetricSpec {
  const { object, pods, external, resource, containerResource } = metric
  return defined<MetricSpec>({
    // The types of metrics are the same in both.
    type: metric.type as MetricSpec['type'],
    object: object && {
      target: object.describedObject,
      metricName: object.metric.name,
      targetValue: object.target.value ?? '0',
      ...defined({ selector: object.metric.selector, averageValue: object.target.averageValue }),
    },
    pods: pods && {
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue ?? '0',
      ...defined({ selector: pods.metric.selector }),
    },
    resource: resource && { name: resource.name, ...v1Usage(resource.target) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...v1Usage(containerResource.target),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      ...defined({
        metricSelector: external.metric.selector,
        targetValue: external.target.value,
        targetAverageValue: external.target.averageValue,
      }),
    },
  })
}

function v1Usage({ averageUtilization, averageValue }: MetricTarget): object {
  return defined({ targetAverageUtilization: averageUtilization, targetAverageValue: averageValue })
}

/** A metric of v1 as v2 has it. */
export function toMetric(metric: MetricSpec): AutoscalingMetricSpec {
  const { object, pods, external, resource, containerResource } = metric
  return defined<AutoscalingMetricSpec>({
    type: metric.type,
    object: object && {
      describedObject: object.target,
      target: defined<MetricTarget>({
        type: object.averageValue === undefined ? 'Value' : 'AverageValue',
        value: object.targetValue,
        averageValue: object.averageValue,
      }),
      metric: { name: object.metricName, ...defined({ selector: object.selector }) },
    },
    pods: pods && {
      metric: { name: pods.metricName, ...defined({ selector: pods.selector }) },
      target: { type: 'AverageValue', averageValue: pods.targetAverageValue },
    },
    resource: resource && { name: resource.name, target: usageTarget(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      target: usageTarget(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: { name: external.metricName, ...defined({ selector: external.metricSelector }) },
      target: defined<MetricTarget>({
        type: external.targetValue === undefined ? 'AverageValue' : 'Value',
        value: external.targetValue,
        averageValue: external.targetAverageValue,
      }),
    },
  })
}

function usageTarget(source: {
  readonly targetAverageUtilization?: number
  readonly targetAverageValue?: string
}): MetricTarget {
  return defined<MetricTarget>({
    type: source.targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization',
    averageValue: source.targetAverageValue,
    averageUtilization: source.targetAverageUtilization,
  })
}

/** A measured metric of v2 as v1 writes it. */
export function toV1MetricStatus(metric: AutoscalingMetricStatus): MetricStatus {
  const { object, pods, external, resource, containerResource } = metric
  return defined<MetricStatus>({
    type: metric.type as MetricStatus['type'],
    object: object && {
      target: object.describedObject,
      metricName: object.metric.name,
      currentValue: object.current.value ?? '0',
      ...defined({ selector: object.metric.selector, averageValue: object.current.averageValue }),
    },
    pods: pods && {
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue ?? '0',
      ...defined({ selector: pods.metric.selector }),
    },
    resource: resource && {
      name: resource.name,
      currentAverageValue: resource.current.averageValue ?? '0',
      ...defined({ currentAverageUtilization: resource.current.averageUtilization }),
    },
    containerResource: containerResource && {
      name: containerResource.name,
      currentAverageValue: containerResource.current.averageValue ?? '0',
      ...defined({ currentAverageUtilization: containerResource.current.averageUtilization }),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      currentValue: external.current.value ?? '0',
      ...defined({
        metricSelector: external.metric.selector,
        currentAverageValue: external.current.averageValue,
      }),
    },
  })
}

/** A measured metric of v1 as v2 has it. */
export function toMetricStatus(metric: MetricStatus): AutoscalingMetricStatus {
  const { object, pods, external, resource, containerResource } = metric
  return defined<AutoscalingMetricStatus>({
    type: metric.type,
    object: object && {
      metric: { name: object.metricName, ...defined({ selector: object.selector }) },
      current: { value: object.currentValue, ...defined({ averageValue: object.averageValue }) },
      describedObject: object.target,
    },
    pods: pods && {
      metric: { name: pods.metricName, ...defined({ selector: pods.selector }) },
      current: { averageValue: pods.currentAverageValue },
    },
    resource: resource && { name: resource.name, current: usage(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      current: usage(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: { name: external.metricName, ...defined({ selector: external.metricSelector }) },
      current: {
        value: external.currentValue,
        ...defined({ averageValue: external.currentAverageValue }),
      },
    },
  })
}

function usage(status: {
  readonly currentAverageUtilization?: number
  readonly currentAverageValue: string
}): {
  averageValue: string
  averageUtilization?: number
} {
  const { currentAverageUtilization, currentAverageValue } = status
  return {
    averageValue: currentAverageValue,
    ...(currentAverageUtilization === undefined ? {} : { averageUtilization: currentAverageUtilization }),
  }
}
