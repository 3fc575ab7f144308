// Owns the Pod kind.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { pods } from '../client/resources.ts'
import { structAt } from '../schema/default-fill.ts'
import { defaultPodSpec } from './pod-defaults.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, required, type FieldError } from './field-error.ts'
import { validatePodUpdate } from './pod-update.ts'
import { hostNameWarnings, podWarnings } from './pod-warnings.ts'
import { defineKind } from './kind.ts'
import { ephemeralContainersPart, resizePart, validateEphemeral } from './pod-parts.ts'
import { validatePodSpec } from './pod-spec.ts'
import { qosClass } from '../../rules/kubernetes/qos.ts'
import { completePodStatus, validatePodStatus } from './pod-status-rules.ts'
import { podReady, podRestarts, podStatus } from './pod-status.ts'
import { isConditionTrue } from '../../rules/kubernetes/conditions.ts'

export const podKind = defineKind<Pod>({
  resource: pods,
  type: 'core/v1.Pod',
  // Changes of a pod are made by machines, which read no warnings.
  warnings: (pod, old) =>
    old ? [] : [...hostNameWarnings(pod.metadata.name ?? '', old), ...podWarnings(pod, '')],
  defaults: (pod) => defaultPodSpec(structAt(pod, 'spec'), { isTemplate: false }),
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  generation: true,
  parts: { ephemeralcontainers: ephemeralContainersPart, resize: resizePart },
  subresources: [
    {
      name: 'attach',
      kind: 'PodAttachOptions',
      verbs: ['create', 'get'],
    },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    {
      name: 'proxy',
      kind: 'PodProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    {
      name: 'eviction',
      kind: 'Eviction',
      group: 'policy',
      version: 'v1',
      verbs: ['create'],
    },
    {
      name: 'exec',
      kind: 'PodExecOptions',
      verbs: ['create', 'get'],
    },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    {
      name: 'portforward',
      kind: 'PodPortForwardOptions',
      verbs: ['create', 'get'],
    },
  ],
  columns: [
    nameColumn,
    { name: 'Ready', type: 'string', cell: (pod) => podReady(pod) },
    { name: 'Status', type: 'string', cell: (pod) => podStatus(pod) },
    { name: 'Restarts', type: 'string', cell: (pod, nowMs) => podRestarts(pod, nowMs) },
    ageColumn,
    { name: 'IP', type: 'string', priority: 1, cell: (pod) => pod.status?.podIP || '<none>' },
    { name: 'Node', type: 'string', priority: 1, cell: (pod) => pod.spec.nodeName || '<none>' },
    {
      name: 'Nominated Node',
      type: 'string',
      priority: 1,
      cell: (pod) => pod.status?.nominatedNodeName || '<none>',
    },
    {
      name: 'Readiness Gates',
      type: 'string',
      priority: 1,
      cell: (pod) => {
        const gates = pod.spec.readinessGates ?? []
        const conditions = pod.status?.conditions ?? []
        const open = gates.filter((gate) => isConditionTrue(conditions, gate.conditionType))
        return gates.length === 0 ? '<none>' : `${open.length}/${gates.length}`
      },
    },
  ],
  fields: ({ spec, status }) => ({
    'spec.nodeName': spec.nodeName ?? '',
    // The name of the field before v1 (pkg/apis/core/v1/conversion.go).
    'spec.host': spec.nodeName ?? '',
    'spec.restartPolicy': spec.restartPolicy ?? '',
    'spec.schedulerName': spec.schedulerName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIP ?? '',
    // Accepted, and never filled (pkg/registry/core/pod/strategy.go ToSelectableFields).
    'status.podIPs': '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }),
  prepareForCreate: (pod) => ({
    ...pod,
    status: { phase: 'Pending', qosClass: qosClass(pod), ...gatedCondition(pod) },
  }),
  validate: (pod) => [
    ...validatePodSpec(pod.spec, 'spec'),
    ...validateEphemeral(pod),
    ...imageVolumeErrors(pod),
  ],
  validateCreate: ({ spec }) => [
    ...(spec.ephemeralContainers?.length
      ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')]
      : []),
    ...(spec.schedulingGates?.length && spec.nodeName
      ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]
      : []),
  ],
  validateUpdate: validatePodUpdate,
  prepareForStatus: completePodStatus,
  validateStatus: validatePodStatus,
  // registry/core/pod/strategy.go CheckGracefulDelete: pods that no kubelet runs go at once.
  gracePeriodSeconds(pod, requested) {
    const finished = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
    if (!pod.spec.nodeName || finished) return 0
    return requested ?? pod.spec.terminationGracePeriodSeconds ?? 30
  },
})

// A template may leave the image to whoever makes pods of it.
function imageVolumeErrors({ spec }: Pod): FieldError[] {
  return (spec.volumes ?? []).flatMap(({ image }, i) =>
    image && !image.reference ? [required(`spec.volumes[${i}].image.reference`)] : [],
  )
}

// registry/core/pod/strategy.go applySchedulingGatedCondition.
function gatedCondition({ spec, metadata }: Pod): Pick<NonNullable<Pod['status']>, 'conditions'> {
  if (!spec.schedulingGates?.length) return {}
  const message = 'Scheduling is blocked due to non-empty scheduling gates'
  const lastTransitionTime = metadata.creationTimestamp
  return {
    conditions: [
      { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message, lastTransitionTime },
    ],
  }
}
