// Owns the rules for what is written as the status of a pod, by kubelets and everybody else.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go (ValidatePodStatusUpdate).
import type { Container, ContainerStatus, Pod, PodSpec } from '../../../generated/kubernetes.d.ts'
import { containerRestarts } from '../../rules/kubernetes/container-restart.ts'
import { duplicate, forbidden, invalid, type FieldError } from './field-error.ts'
import { idErrors, namedBy } from './field-rules.ts'
import { validateFamilies, validateIp } from './ip-rules.ts'
import { validateQualifiedName } from './naming.ts'

type Status = NonNullable<Pod['status']>

const NOT_NEGATIVE = 'must be a non-negative integer'
// Those that Kubernetes knew before conditions had to be qualified names.
const SYSTEM_CONDITIONS = new Set(['PodScheduled', 'Ready', 'Initialized'])

/** Findings for a new status of a pod. */
export function validatePodStatus({ spec, status = {} }: Pod, { status: old = {} }: Pod): FieldError[] {
  return [
    ...conditionErrors(status),
    ...nominatedErrors(status, old, spec),
    ...((status.observedGeneration ?? 0) < 0
      ? [invalid('status.observedGeneration', status.observedGeneration, NOT_NEGATIVE)]
      : []),
    ...(status.qosClass === old.qosClass
      ? []
      : [invalid('status.qosClass', status.qosClass ?? '', 'field is immutable')]),
    ...comebackErrors(status, old, { list: 'containerStatuses', containers: spec.containers, spec }),
    ...comebackErrors(status, old, {
      list: 'initContainerStatuses',
      containers: spec.initContainers ?? [],
      spec,
    }),
    ...comebackErrors(status, old, { list: 'ephemeralContainerStatuses', containers: [], spec }),
    ...claimErrors(status, spec),
    ...addressErrors(status, old),
    ...LISTS.flatMap((list) => userErrors(status[list] ?? [], `status.${list}`, spec.os?.name)),
  ]
}

type StatusList = 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses'
const LISTS: readonly StatusList[] = [
  'containerStatuses',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
]

function conditionErrors({ conditions = [] }: Status): FieldError[] {
  return conditions.flatMap(({ type, observedGeneration = 0 }, i) => {
    const at = `status.conditions[${i}]`
    return [
      ...(observedGeneration < 0
        ? [invalid(`${at}.observedGeneration`, observedGeneration, NOT_NEGATIVE)]
        : []),
      // The capital is Kubernetes' own.
      ...(SYSTEM_CONDITIONS.has(type) ? [] : validateQualifiedName(`${at}.Type`, type)),
    ]
  })
}

function nominatedErrors({ nominatedNodeName: name }: Status, old: Status, spec: PodSpec): FieldError[] {
  if (!name || name === old.nominatedNodeName) return []
  const field = 'status.nominatedNodeName'
  const text = 'may not be set on pods that are already bound to a node'
  return [...namedBy(field, name, 'subdomain'), ...(spec.nodeName ? [forbidden(field, text)] : [])]
}

interface Statuses {
  readonly list: StatusList
  readonly containers: readonly Container[]
  readonly spec: PodSpec
}

/** Findings for containers that have ended for good, and are said to run or to wait again. */
function comebackErrors(status: Status, old: Status, { list, containers, spec }: Statuses): FieldError[] {
  if (status[list] === old[list]) return []
  return (old[list] ?? []).flatMap(({ name, state }, i) => {
    const ended = state?.terminated
    if (!ended) return []
    const now = status[list]?.find((one) => one.name === name)
    if (!now || now.state?.terminated) return []
    const container = containers.find((one) => one.name === name)
    return container && containerRestarts(container, spec, ended.exitCode)
      ? []
      : [forbidden(`status.${list}[${i}].state`, 'may not be transitioned to non-terminated state')]
  })
}

function claimErrors({ resourceClaimStatuses = [] }: Status, { resourceClaims = [] }: PodSpec): FieldError[] {
  const seen = new Set<string>()
  return resourceClaimStatuses.flatMap(({ name, resourceClaimName: claim }, i) => {
    const field = `status.resourceClaimStatuses[${i}].name`
    const isKnown = resourceClaims.some((one) => one.name === name)
    const isTwice = seen.has(name)
    seen.add(name)
    return [
      ...(isKnown ? [] : [invalid(field, name, 'must match the name of an entry in `spec.resourceClaims`')]),
      ...(isTwice ? [duplicate(field, name)] : []),
      ...(claim === undefined ? [] : namedBy(field, claim, 'subdomain')),
    ]
  })
}

function addressErrors(status: Status, old: Status): FieldError[] {
  const { podIPs = [], hostIPs = [], hostIP = '' } = status
  const [first] = hostIPs
  const unequal = first && first.ip !== hostIP
  return [
    ...addressesErrors('status.podIPs', podIPs, old.podIPs ?? []),
    ...(unequal ? [invalid('status.hostIPs[0].ip', first.ip, 'must be equal to `hostIP`')] : []),
    ...addressesErrors('status.hostIPs', hostIPs, old.hostIPs ?? []),
  ]
}

type Address = { readonly ip: string }

function addressesErrors(
  field: string,
  addresses: readonly Address[],
  old: readonly Address[],
): FieldError[] {
  const errors = addresses.flatMap(({ ip }, i) =>
    // One that is there already may stay.
    old.some((before) => before.ip === ip) ? [] : validateIp(`${field}[${i}]`, ip),
  )
  if (addresses.length < 2) return errors
  // As Go prints the internal type.
  const printed = addresses.map(({ ip }) => ({ IP: ip }))
  return [
    ...errors,
    ...validateFamilies(
      field,
      addresses.map(({ ip }) => ip),
      printed,
    ),
  ]
}

function userErrors(statuses: readonly ContainerStatus[], path: string, os = 'linux'): FieldError[] {
  return statuses.flatMap(({ user }, i) => {
    if (!user?.linux) return []
    const at = `${path}[${i}].user.linux`
    if (os === 'windows') return [forbidden(at, 'cannot be set for a windows pod')]
    const { uid, gid, supplementalGroups = [] } = user.linux
    return [
      ...idErrors(`${at}.uid`, uid),
      ...idErrors(`${at}.gid`, gid),
      ...supplementalGroups.flatMap((group, g) => idErrors(`${at}.supplementalGroups[${g}]`, group)),
    ]
  })
}

/**
 * The pod as its new status leaves it. What a kubelet leaves out stays: the class that the server itself has found, and what
 * was observed of the pod; the older field for one address and the list of addresses say the same, and the older one wins
 * (pkg/apis/core/v1/conversion.go Convert_v1_PodStatus_To_core_PodStatus).
 */
export function completePodStatus(pod: Pod, { status: old = {} }: Pod): Pod {
  const { status = {} } = pod
  const [first] = status.podIPs ?? []
  const kept = {
    ...(!status.qosClass && old.qosClass && { qosClass: old.qosClass }),
    ...(!status.observedGeneration &&
      old.observedGeneration && { observedGeneration: old.observedGeneration }),
    ...(status.podIP && status.podIP !== first?.ip && { podIPs: [{ ip: status.podIP }] }),
    ...(!status.podIP && first && { podIP: first.ip }),
  }
  return Object.keys(kept).length === 0 ? pod : { ...pod, status: { ...status, ...kept } }
}
