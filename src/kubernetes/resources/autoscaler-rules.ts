// Owns the rules for horizontal pod autoscalers.
// Source of rules and wording: kubernetes pkg/apis/autoscaling/validation/validation.go.
import type {
  AutoscalingCrossVersionObjectReference,
  AutoscalingHorizontalPodAutoscaler,
  AutoscalingMetricSpec,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricIdentifier,
  MetricTarget,
} from '../../../generated/kubernetes.d.ts'
import { parseMilli } from '../../base/quantity.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { nameProblems, validateName } from './naming.ts'
import { choice } from './field-rules.ts'

type Spec = AutoscalingHorizontalPodAutoscaler['spec']

const SOURCES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']
const TARGETS = ['Utilization', 'Value', 'AverageValue']
const POLICIES = ['Percent', 'Pods']
const MAXIMUM_WINDOW_SECONDS = 3600
const MAXIMUM_PERIOD_SECONDS = 1800

/** Findings for the spec of an autoscaler. */
export function validateAutoscalerSpec(spec: Spec): FieldError[] {
  const { minReplicas, maxReplicas, metrics = [], behavior } = spec
  return [
    ...(minReplicas !== undefined && minReplicas < 1
      ? [invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')]
      : []),
    ...(maxReplicas < 1 ? [invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0')] : []),
    ...(minReplicas !== undefined && maxReplicas < minReplicas
      ? [invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')]
      : []),
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef'),
    ...metrics.flatMap((metric, i) => validateMetric(metric, `spec.metrics[${i}]`)),
    ...(minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')
      ? [
          forbidden(
            'spec.metrics',
            'must specify at least one Object or External metric to support scaling to zero replicas',
          ),
        ]
      : []),
    ...validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ]
}

function segment(field: string, value: string): FieldError[] {
  return validateName(field, value, 'path')
}

/** Findings for what a metric describes, which may be a kind without a group, such as a Pod or a Service. */
function validateDescribed(reference: AutoscalingCrossVersionObjectReference, path: string): FieldError[] {
  return validateReference(reference, path).filter(({ detail }) => !detail.endsWith(NO_GROUP))
}

const NO_GROUP = 'apiVersion must specify API group'

function validateReference(reference: AutoscalingCrossVersionObjectReference, path: string): FieldError[] {
  const { kind, name, apiVersion = '' } = reference
  const errors = [...segment(`${path}.kind`, kind), ...segment(`${path}.name`, name)]
  const parts = apiVersion.split('/')
  if (parts.length > 2) {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
  } else if (parts.length < 2 || parts[0] === '') {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, NO_GROUP))
  }
  return errors
}

const FIELDS = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  External: 'external',
  ContainerResource: 'containerResource',
} as const
// The order in which Kubernetes looks at them: only the first is checked.
const CHECKED = ['object', 'external', 'pods', 'resource', 'containerResource'] as const

function validateMetric(metric: AutoscalingMetricSpec, path: string): FieldError[] {
  const { type } = metric
  const errors = type ? [] : [required(`${path}.type`, 'must specify a metric source type')]
  const known = type in FIELDS
  if (!known) errors.push(unsupported(`${path}.type`, type, SOURCES))
  const present = CHECKED.filter((field) => metric[field] !== undefined)
  if (present[0]) errors.push(...validateSource(metric, present[0], `${path}.${present[0]}`))
  // The second of the server's own checks finds it again.
  if (!known) errors.push(unsupported(`${path}.type`, type, SOURCES))
  // Asked for above.
  const expected = known ? FIELDS[type as keyof typeof FIELDS] : undefined
  if (expected && metric[expected] === undefined) {
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'))
  }
  if (present.length === 1) return errors
  const others = present.filter((field) => field !== expected)
  return [
    ...errors,
    ...others.map((field) => forbidden(`${path}.${field}`, 'must populate the given metric source only')),
  ]
}

function validateSource(
  { object, external, pods, resource, containerResource }: AutoscalingMetricSpec,
  field: (typeof CHECKED)[number],
  path: string,
): FieldError[] {
  if (field === 'object' && object) {
    return [
      ...validateDescribed(object.describedObject, `${path}.describedObject`),
      ...validateValueTarget(object.metric, object.target, path),
      ...valueMissing(object.target, path, 'must set either a target value or averageValue'),
    ]
  }
  if (field === 'external' && external) {
    const both = external.target.value !== undefined && external.target.averageValue !== undefined
    const detail = 'may not set both a target value for metric and a per-pod target'
    return [
      ...validateValueTarget(external.metric, external.target, path),
      ...valueMissing(external.target, path, 'must set either a target value for metric or a per-pod target'),
      ...(both ? [forbidden(`${path}.target.value`, detail)] : []),
    ]
  }
  if (field === 'pods' && pods) {
    const detail = 'must specify a positive target averageValue'
    return [
      ...validateValueTarget(pods.metric, pods.target, path),
      ...(pods.target.averageValue === undefined ? [required(`${path}.target.averageValue`, detail)] : []),
    ]
  }
  if (containerResource && field === 'containerResource') {
    const { container } = containerResource
    const named = container
      ? nameProblems(container, 'label').map((problem) => invalid(`${path}.container`, container, problem))
      : [required(`${path}.container`, 'must specify a container')]
    return [
      ...(containerResource.name ? [] : [required(`${path}.name`, 'must specify a resource name')]),
      ...named,
      ...validateUsageTarget(containerResource.target, `${path}.target`),
    ]
  }
  if (!resource) return []
  return [
    ...(resource.name ? [] : [required(`${path}.name`, 'must specify a resource name')]),
    ...validateUsageTarget(resource.target, `${path}.target`),
  ]
}

function validateValueTarget(metric: MetricIdentifier, target: MetricTarget, path: string): FieldError[] {
  return [
    ...(metric.name
      ? segment(`${path}.metric.name`, metric.name)
      : [required(`${path}.metric.name`, 'must specify a metric name')]),
    ...validateTarget(target, `${path}.target`),
  ]
}

function valueMissing({ value, averageValue }: MetricTarget, path: string, detail: string): FieldError[] {
  if (value !== undefined || averageValue !== undefined) return []
  return [required(`${path}.target.averageValue`, detail)]
}

function validateUsageTarget(target: MetricTarget, path: string): FieldError[] {
  const { averageUtilization, averageValue } = target
  const errors = validateTarget(target, path)
  if (averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization'
    errors.push(required(`${path}.averageUtilization`, detail))
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization'
    errors.push(forbidden(`${path}.averageValue`, detail))
  }
  return errors
}

function validateTarget(target: MetricTarget, path: string): FieldError[] {
  const { type, value, averageValue, averageUtilization } = target
  const positive = (field: string, quantity: string | undefined): FieldError[] =>
    quantity !== undefined && parseMilli(quantity) <= 0n
      ? [invalid(`${path}.${field}`, quantity, 'must be positive')]
      : []
  return [
    ...(type === '' ? [required(`${path}.type`, 'must specify a metric target type')] : []),
    ...(TARGETS.includes(type)
      ? []
      : [invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue')]),
    ...positive('value', value),
    ...positive('averageValue', averageValue),
    ...(averageUtilization !== undefined && averageUtilization < 1
      ? [invalid(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0')]
      : []),
  ]
}

function validateRules(rules: HPAScalingRules | undefined, path: string): FieldError[] {
  if (!rules) return []
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules
  const at = `${path}.stabilizationWindowSeconds`
  const errors: FieldError[] = []
  if (window !== undefined && window < 0) {
    errors.push(invalid(at, window, 'must be greater than or equal to zero'))
  }
  if (window !== undefined && window > MAXIMUM_WINDOW_SECONDS) {
    errors.push(invalid(at, window, `must be less than or equal to ${MAXIMUM_WINDOW_SECONDS}`))
  }
  return [
    ...errors,
    ...choice(`${path}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min']),
    ...(policies.length === 0 ? [required(`${path}.policies`, 'must specify at least one Policy')] : []),
    ...policies.flatMap((policy, i) => validatePolicy(policy, `${path}.policies[${i}]`)),
    ...(tolerance !== undefined && parseMilli(tolerance) < 0n
      ? [invalid(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0')]
      : []),
  ]
}

function validatePolicy({ type, value, periodSeconds }: HPAScalingPolicy, path: string): FieldError[] {
  const at = `${path}.periodSeconds`
  return [
    ...(POLICIES.includes(type) ? [] : [unsupported(`${path}.type`, type, POLICIES)]),
    ...(value > 0 ? [] : [invalid(`${path}.value`, value, 'must be greater than zero')]),
    ...(periodSeconds > 0 ? [] : [invalid(at, periodSeconds, 'must be greater than zero')]),
    ...(periodSeconds > MAXIMUM_PERIOD_SECONDS
      ? [invalid(at, periodSeconds, `must be less than or equal to ${MAXIMUM_PERIOD_SECONDS}`)]
      : []),
  ]
}
