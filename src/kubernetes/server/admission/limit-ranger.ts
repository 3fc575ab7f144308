// Owns admission by the LimitRanges of a namespace: what they fill in and what they refuse.
// Source: kubernetes plugin/pkg/admission/limitranger/admission.go.
import type { LimitRange, PersistentVolumeClaim } from '../../../../generated/kubernetes.d.ts'
import {
  claimFindings,
  joinFindings,
  podFindings,
  withRangeDefaults,
} from '../../../rules/kubernetes/limit-range.ts'
import { admittedObject, type AdmissionRequest } from '../../registry/admission.ts'
import type { Storage } from '../../registry/storage.ts'
import { limitRangeKind } from '../../resources/limit-range.ts'
import { podKind } from '../../resources/pod.ts'
import type { MutatingPlugin, ValidatingPlugin } from '../ports.ts'
import { forbiddenBy } from './refusal.ts'

/** The LimitRanger plugin. */
export function limitRanger(storage: Storage): MutatingPlugin & ValidatingPlugin {
  const rangesFor = (request: AdmissionRequest): readonly LimitRange[] =>
    concerns(request) ? storage.list(limitRangeKind, { namespace: request.namespace }).items : []
  return {
    name: 'LimitRanger',
    admit(request) {
      const pod = admittedObject(request, podKind)
      return pod && rangesFor(request).reduce(withRangeDefaults, pod)
    },
    validate(request) {
      for (const range of rangesFor(request)) {
        const findings = findingsOf(request, range)
        if (findings.length > 0) throw forbiddenBy(request, joinFindings(findings))
      }
    },
  }
}

// Pods are looked at when they are made and resized, claims at every write of them.
function concerns({ operation, group, resource, subresource, oldObject }: AdmissionRequest): boolean {
  if (group !== '' || oldObject?.metadata.deletionTimestamp) return false
  if (resource === 'pods') {
    return operation === 'UPDATE' ? subresource === 'resize' : operation === 'CREATE' && subresource === ''
  }
  const isWrite = operation === 'CREATE' || operation === 'UPDATE'
  return resource === 'persistentvolumeclaims' && isWrite && subresource === ''
}

function findingsOf(request: AdmissionRequest, range: LimitRange): string[] {
  const pod = admittedObject(request, podKind)
  if (pod) return podFindings(pod, range)
  // Nothing but pods and claims is looked at.
  return claimFindings(request.object as PersistentVolumeClaim, range)
}
