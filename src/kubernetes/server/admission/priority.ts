// Owns the priority of pods: the class's value, or the default class's, or 0.
// Source: kubernetes plugin/pkg/admission/priority/admission.go.
import type { Pod, PriorityClass } from '../../../../generated/kubernetes.d.ts'
import { StatusError } from '../../../base/errors.ts'
import { admittedObject } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { podKind } from '../../resources/pod.ts'
import { priorityClassKind } from '../../resources/priority-class.ts'
import type { MutatingPlugin } from '../ports.ts'

/** The Priority plugin. */
export function priorityAdmission(storage: Storage): MutatingPlugin {
  return {
    name: 'Priority',
    async admit(request) {
      const { operation, subresource, name } = request
      const pod = admittedObject(request, podKind)
      if (!pod || operation !== 'CREATE' || subresource !== '') return undefined
      const found = classOf(storage, pod, name)
      const priority = found?.value ?? 0
      if (pod.spec.priority !== undefined && pod.spec.priority !== priority) {
        throw refuse(
          name,
          `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
        )
      }
      const spec = {
        ...pod.spec,
        priority,
        ...(found ? { priorityClassName: found.metadata.name } : {}),
        preemptionPolicy: pod.spec.preemptionPolicy ?? found?.preemptionPolicy ?? 'PreemptLowerPriority',
      }
      return { ...pod, spec }
    },
  }
}

function classOf(storage: Storage, pod: Pod, podName: string): PriorityClass | undefined {
  const { priorityClassName } = pod.spec
  if (priorityClassName) {
    const found = storage.get(priorityClassKind, { name: priorityClassName })
    if (found) return found as PriorityClass
    throw refuse(podName, `no PriorityClass with name ${priorityClassName} was found`)
  }
  const all = storage.list(priorityClassKind).items
  // Of several default classes the lowest counts.
  return all.filter((item) => item.globalDefault).toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
}

function refuse(podName: string, why: string): StatusError {
  return new StatusError('Forbidden', `pods ${JSON.stringify(podName)} is forbidden: ${why}`, {
    name: podName,
    kind: 'pods',
  })
}
