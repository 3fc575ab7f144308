// Owns what one metric of an autoscaler proposes, and how that is said.
// Source: kubernetes pkg/controller/podautoscaler/horizontal.go (computeReplicasForMetric).
import type {
  AutoscalingMetricSpec,
  AutoscalingMetricStatus,
  HorizontalPodAutoscalerBehavior,
  LabelSelector,
  MetricTarget,
  MetricValueStatus,
  Pod,
} from '../../../generated/kubernetes.d.ts'
import { milliCores, parseMilli } from '../../base/quantity.ts'
import type { KubernetesClient } from '../../kubernetes/client/client.ts'
import { NO_CUSTOM_METRICS, noExternalMetric, readUsage } from './metrics.ts'
import { replicasForUsage, UsageError, type Tolerance, type UsageTarget } from './usage.ts'

// --horizontal-pod-autoscaler-tolerance
const TOLERANCE = 0.1

export interface MetricQuestion {
  readonly client: KubernetesClient
  readonly namespace: string
  /** Of the scale, in text form. */
  readonly selector: string
  readonly pods: readonly Pod[]
  readonly current: number
  readonly behavior: HorizontalPodAutoscalerBehavior | undefined
  readonly nowMs: number
}

/** What a metric proposes, or why it cannot. */
export type Proposal =
  | { readonly replicas: number; readonly name: string; readonly status: AutoscalingMetricStatus }
  | { readonly reason: string; readonly message: string; readonly error: string }

/** Asks one metric. */
export async function propose(metric: AutoscalingMetricSpec, question: MetricQuestion): Promise<Proposal> {
  const { resource, containerResource, pods, object, external } = metric
  if (metric.type === 'Resource' && resource) return proposeUsage(resource, question)
  if (metric.type === 'ContainerResource' && containerResource)
    return proposeUsage(containerResource, question)
  if (metric.type === 'Pods' && pods) {
    const message = `unable to get metric ${pods.metric.name}: ${NO_CUSTOM_METRICS}`
    return failed('FailedGetPodsMetric', message, 'pods metric value')
  }
  if (metric.type === 'Object' && object) {
    const { kind, name } = object.describedObject
    const where = `${kind} ${question.namespace}/${name}`
    const message = `unable to get metric ${object.metric.name}: ${NO_CUSTOM_METRICS} on ${where}`
    const isAverage = object.target.type === 'AverageValue'
    const whole = isAverage ? `failed to get ${object.metric.name} object metric: ${message}` : message
    return { reason: 'FailedGetObjectMetric', message, error: `failed to get object metric value: ${whole}` }
  }
  if (metric.type === 'External' && external) {
    const { name, selector } = external.metric
    const where = `${question.namespace}/${name}/${formatGoSelector(selector)}`
    const message = `unable to get external metric ${where}: ${noExternalMetric(name)}`
    const inner =
      external.target.averageValue === undefined
        ? `failed to get external metric ${name}: ${message}`
        : `failed to get ${name} external metric: ${message}`
    return {
      reason: 'FailedGetExternalMetric',
      message,
      error: `failed to get ${name} external metric value: ${inner}`,
    }
  }
  const message = `unknown metric source type ${JSON.stringify(metric.type)}`
  return { reason: 'InvalidMetricSourceType', message, error: message }
}

function failed(reason: string, message: string, what: string): Proposal {
  return { reason, message, error: `failed to get ${what}: ${message}` }
}

interface UsageSource {
  readonly name: string
  readonly target: MetricTarget
  readonly container?: string
}

async function proposeUsage(source: UsageSource, question: MetricQuestion): Promise<Proposal> {
  const { name, target, container } = source
  const what = target.averageValue === undefined ? 'utilization' : 'usage'
  const wanted: UsageTarget = {
    resource: name,
    ...(container === undefined ? {} : { container }),
    ...(target.averageValue === undefined
      ? { utilization: target.averageUtilization ?? 0 }
      : { averageMilli: milliCores(target.averageValue) }),
  }
  try {
    const usage = await readResource(question, wanted)
    const { pods, current, nowMs } = question
    const answer = replicasForUsage({
      target: wanted,
      pods,
      usage,
      current,
      tolerance: toleranceOf(question),
      nowMs,
    })
    const measured: MetricValueStatus = {
      averageValue: formatMilli(answer.averageMilli, name),
      ...(answer.utilization === undefined ? {} : { averageUtilization: answer.utilization }),
    }
    return { replicas: answer.replicas, name: nameOf(source, what), status: statusOf(source, measured) }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const message = `failed to get ${name} ${what}: ${error.message}`
    return container === undefined
      ? failed('FailedGetResourceMetric', message, `${name} resource metric value`)
      : failed('FailedGetContainerResourceMetric', message, `${container} container metric value`)
  }
}

async function readResource(
  { client, namespace, selector }: MetricQuestion,
  { resource, container }: UsageTarget,
): ReturnType<typeof readUsage> {
  try {
    const request = { namespace, selector, resource, ...(container === undefined ? {} : { container }) }
    return await readUsage(client, request)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`unable to get metrics for resource ${resource}: ${error.message}`)
  }
}

function nameOf({ name, container }: UsageSource, what: 'utilization' | 'usage'): string {
  if (what === 'usage') return `${name} resource`
  const kind = container === undefined ? 'resource' : 'container resource'
  return `${name} ${kind} utilization (percentage of request)`
}

function statusOf({ name, container }: UsageSource, current: MetricValueStatus): AutoscalingMetricStatus {
  return container === undefined
    ? { type: 'Resource', resource: { name, current } }
    : { type: 'ContainerResource', containerResource: { name, container, current } }
}

function toleranceOf({ behavior }: MetricQuestion): Tolerance {
  const read = (text: string | undefined): number =>
    text === undefined ? TOLERANCE : Number(parseMilli(text)) / 1000
  return { up: read(behavior?.scaleUp?.tolerance), down: read(behavior?.scaleDown?.tolerance) }
}

const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi']

/** Thousandths as a quantity: memory in powers of 1,024, everything else in decimals. */
function formatMilli(milli: number, resource: string): string {
  if (milli % 1000 !== 0) return `${milli}m`
  let value = milli / 1000
  if (resource !== 'memory' || value === 0) return String(value)
  let power = 0
  for (; value % 1024 === 0 && power < BINARY.length - 1; power += 1) value /= 1024
  return `${value}${BINARY[power]}`
}

// Go's %+v of a pointer to a LabelSelector.
function formatGoSelector(selector: LabelSelector | undefined): string {
  if (!selector) return 'nil'
  const labels = Object.entries(selector.matchLabels ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`)
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) => `{${key} ${operator} [${values.join(' ')}]}`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join(',')}},}`
}
