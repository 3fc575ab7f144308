// Owns what a RuntimeClass does to the pods that name it: overhead, node selector, tolerations.
// Source: kubernetes plugin/pkg/admission/runtimeclass/admission.go.
import type { Pod, RuntimeClass, Toleration } from '../../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../../base/json.ts'
import { admittedObject, type AdmissionRequest } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { podKind } from '../../resources/pod.ts'
import { runtimeClassKind } from '../../resources/runtime-class.ts'
import { forbiddenResource } from '../authorization.ts'
import type { MutatingPlugin, ValidatingPlugin } from '../ports.ts'

const MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
const NO_OVERHEAD = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'

/** The RuntimeClass plugin. */
export function runtimeClassAdmission(storage: Storage): MutatingPlugin & ValidatingPlugin {
  return {
    name: 'RuntimeClass',
    admit(request) {
      const pod = createdPod(request)
      const found = pod && classOf(storage, pod, request)
      if (!pod || !found) return undefined
      const scheduled = withScheduling(pod, found, request)
      const fixed = found.overhead?.podFixed
      if (!found.overhead) return scheduled
      const own = pod.spec.overhead ?? {}
      if (Object.keys(own).length > 0 && !deepEqual(own, fixed)) throw forbiddenResource(request, MISMATCH)
      return { ...scheduled, spec: { ...scheduled.spec, ...(fixed ? { overhead: fixed } : {}) } }
    },
    validate(request) {
      const pod = createdPod(request)
      if (!pod) return
      const found = classOf(storage, pod, request)
      if (!found?.overhead) {
        if (pod.spec.overhead !== undefined) throw forbiddenResource(request, NO_OVERHEAD)
      } else if (!deepEqual(found.overhead.podFixed ?? {}, pod.spec.overhead ?? {})) {
        throw forbiddenResource(request, MISMATCH)
      }
    },
  }
}

function createdPod(request: AdmissionRequest): Pod | undefined {
  return request.operation === 'CREATE' && request.subresource === ''
    ? admittedObject(request, podKind)
    : undefined
}

function classOf(storage: Storage, { spec }: Pod, request: AdmissionRequest): RuntimeClass | undefined {
  const name = spec.runtimeClassName
  if (name === undefined) return undefined
  const found = storage.get(runtimeClassKind, { name })
  if (found) return found
  throw forbiddenResource(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
}

function withScheduling(pod: Pod, { scheduling }: RuntimeClass, request: AdmissionRequest): Pod {
  if (!scheduling) return pod
  const own = pod.spec.nodeSelector ?? {}
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const asked = own[key]
    if (asked !== undefined && asked !== value) {
      throw forbiddenResource(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${asked}`,
      )
    }
  }
  const tolerations = mergeTolerations(pod.spec.tolerations ?? [], scheduling.tolerations ?? [])
  const spec = { ...pod.spec, nodeSelector: { ...own, ...scheduling.nodeSelector } }
  return { ...pod, spec: tolerations.length > 0 ? { ...spec, tolerations } : spec }
}

/** Both lists, without what another toleration of them covers (pkg/util/tolerations MergeTolerations). */
function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...first, ...second]
  const merged: Toleration[] = []
  for (const [i, toleration] of all.entries()) {
    const isCovered =
      merged.some((other) => covers(other, toleration)) ||
      // Of equal ones the first stays.
      all.slice(i + 1).some((other) => covers(other, toleration) && !deepEqual(other, toleration))
    if (!isCovered) merged.push(toleration)
  }
  return merged
}

/** True when every taint that the second tolerates is tolerated by the first, for as long. */
function covers(superset: Toleration, subset: Toleration): boolean {
  const { key = '', operator, effect, tolerationSeconds: seconds } = superset
  if (deepEqual(superset, subset)) return true
  if (key !== (subset.key ?? '') && (key !== '' || operator !== 'Exists')) return false
  if (effect && effect !== subset.effect) return false
  const limit = effect === 'NoExecute' ? seconds : undefined
  if (limit !== undefined && (subset.tolerationSeconds ?? Number.POSITIVE_INFINITY) > limit) return false
  return operator === 'Exists' || (subset.operator === 'Equal' && superset.value === subset.value)
}
