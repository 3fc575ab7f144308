// Owns what may change of a pod's spec.
// Source of rules and wording: pkg/apis/core/validation/validation.go (ValidatePodUpdate).
import type { Container, Pod, PodSpec } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import { forbidden, invalid, type FieldError } from './field-error.ts'

// Upstream adds the difference between the two specs as its own code holds them.
const IMMUTABLE_MESSAGE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** Findings for a new version of a pod. */
export function validatePodUpdate({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  for (const name of ['containers', 'initContainers'] as const) {
    if ((spec[name] ?? []).length === (old[name] ?? []).length) continue
    return [forbidden(`spec.${name}`, 'pod updates may not add or remove containers')]
  }
  const errors = [...deadlineErrors(spec, old), ...tolerationErrors(spec, old), ...gateErrors(spec, old)]
  const isGated = (old.schedulingGates ?? []).length > 0
  if (isGated) errors.push(...nodeSelectorErrors(spec, old))
  return deepEqual(fixed(spec, old, isGated), fixed(old, old, isGated))
    ? errors
    : [...errors, forbidden('spec', IMMUTABLE_MESSAGE)]
}

function deadlineErrors(
  { activeDeadlineSeconds: deadline }: PodSpec,
  { activeDeadlineSeconds: before }: PodSpec,
): FieldError[] {
  if (before === undefined) return []
  if (deadline === undefined) {
    const text = 'must not update from a positive integer to nil value'
    return [invalid('spec.activeDeadlineSeconds', null, text)]
  }
  return deadline > before
    ? [invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value')]
    : []
}

type Toleration = NonNullable<PodSpec['tolerations']>[number]

function tolerationErrors(
  { tolerations = [] }: PodSpec,
  { tolerations: before = [] }: PodSpec,
): FieldError[] {
  const bare = ({ tolerationSeconds: _s, ...toleration }: Toleration): object => toleration
  const isKept = before.every((toleration) =>
    tolerations.some((other) => deepEqual(bare(other), bare(toleration))),
  )
  const text = 'existing toleration can not be modified except its tolerationSeconds'
  return isKept ? [] : [forbidden('spec.tolerations', text)]
}

function gateErrors(
  { schedulingGates = [] }: PodSpec,
  { schedulingGates: before = [] }: PodSpec,
): FieldError[] {
  const known = new Set(before.map(({ name }) => name))
  return schedulingGates.flatMap(({ name }, index) => {
    const text = `only deletion is allowed, but found new scheduling gate '${name}'`
    return known.has(name) ? [] : [forbidden(`spec.schedulingGates[${index}].name`, text)]
  })
}

function nodeSelectorErrors(
  { nodeSelector = {} }: PodSpec,
  { nodeSelector: before = {} }: PodSpec,
): FieldError[] {
  const isKept = Object.keys(before).every((key) => nodeSelector[key] === before[key])
  const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
  return isKept ? [] : [invalid('spec.nodeSelector', nodeSelector, text)]
}

/** What is left of a spec without what may change: it has to stay as it is. */
function fixed(spec: PodSpec, old: PodSpec, isGated: boolean): unknown {
  const {
    activeDeadlineSeconds: _a,
    tolerations: _t,
    schedulingGates: _g,
    terminationGracePeriodSeconds: grace,
    nodeSelector,
    affinity,
    ...rest
  } = spec
  const isRaised = (old.terminationGracePeriodSeconds ?? 0) < 0 && grace === 1
  return {
    ...rest,
    containers: spec.containers.map(withoutImage),
    initContainers: (spec.initContainers ?? []).map(withoutImage),
    grace: isRaised ? old.terminationGracePeriodSeconds : grace,
    ...(isGated ? { affinity: fixedAffinity(affinity, old) } : { nodeSelector, affinity }),
  }
}

function withoutImage({ image: _i, ...rest }: Container): unknown {
  return rest
}

// Where a pod that waits may run can be narrowed: required node affinity that was there has to stay.
function fixedAffinity(affinity: PodSpec['affinity'], old: PodSpec): unknown {
  const before = old.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const { nodeAffinity, ...rest } = affinity ?? {}
  return { ...rest, ...(before ? { nodeAffinity } : {}) }
}
