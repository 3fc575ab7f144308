// Owns the priority of pods: the class's value, or the default class's, or 0; of default classes there is one.
// Source: kubernetes plugin/pkg/admission/priority/admission.go.
import type { Pod, PriorityClass } from '../../../../generated/kubernetes.d.ts'
import { admittedObject, replacedObject, type AdmissionRequest } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { podKind } from '../../resources/pod.ts'
import { priorityClassKind } from '../../resources/priority-class.ts'
import type { MutatingPlugin, ValidatingPlugin } from '../ports.ts'
import { forbiddenBy } from './refusal.ts'

/** The Priority plugin. */
export function priorityAdmission(storage: Storage): MutatingPlugin & ValidatingPlugin {
  return {
    name: 'Priority',
    admit(request) {
      const pod = admittedObject(request, podKind)
      if (!pod || request.subresource !== '') return undefined
      const old = replacedObject(request, podKind)
      return old ? withKeptPriority(pod, old) : withPriority(storage, pod, request)
    },
    validate(request) {
      const given = admittedObject(request, priorityClassKind)
      if (!given?.globalDefault || request.subresource !== '') return
      const present = defaultClass(storage)
      if (!present || present.metadata.name === given.metadata.name) return
      throw forbiddenBy(
        request,
        `PriorityClass ${present.metadata.name} is already marked as default. Only one default can exist`,
      )
    },
  }
}

// A client that sends its own copy without the values set here changes nothing about them.
function withKeptPriority(pod: Pod, { spec: old }: Pod): Pod {
  const priority = pod.spec.priority ?? old.priority
  const preemptionPolicy = pod.spec.preemptionPolicy ?? old.preemptionPolicy
  const spec = {
    ...pod.spec,
    ...(priority === undefined ? {} : { priority }),
    ...(preemptionPolicy === undefined ? {} : { preemptionPolicy }),
  }
  return { ...pod, spec }
}

function withPriority(storage: Storage, pod: Pod, request: AdmissionRequest): Pod {
  const found = classOf(storage, pod, request)
  const priority = found?.value ?? 0
  const preemptionPolicy = found?.preemptionPolicy ?? 'PreemptLowerPriority'
  const { priority: asked = priority, preemptionPolicy: askedPolicy = preemptionPolicy } = pod.spec
  if (asked !== priority) {
    throw forbiddenBy(
      request,
      `the integer value of priority (${asked}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    )
  }
  if (askedPolicy !== preemptionPolicy) {
    throw forbiddenBy(
      request,
      `the string value of PreemptionPolicy (${askedPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    )
  }
  const named = found ? { priorityClassName: found.metadata.name } : {}
  return { ...pod, spec: { ...pod.spec, priority, ...named, preemptionPolicy } }
}

function classOf(storage: Storage, { spec }: Pod, request: AdmissionRequest): PriorityClass | undefined {
  const { priorityClassName: name } = spec
  if (!name) return defaultClass(storage)
  const found = storage.get(priorityClassKind, { name })
  if (!found) throw forbiddenBy(request, `no PriorityClass with name ${name} was found`)
  return found
}

// Of several default classes, which older clusters may have, the lowest counts.
function defaultClass(storage: Storage): PriorityClass | undefined {
  const all = storage.list(priorityClassKind).items.filter((item) => item.globalDefault)
  return all.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
}
