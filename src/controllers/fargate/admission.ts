// Owns what the Fargate webhook does to a new pod: sends it to the Fargate scheduler when a profile matches.
// Source: the mutating webhook 0500-amazon-eks-fargate-mutation.amazonaws.com, by the pods it has changed.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { FARGATE_SCHEDULER, matchProfile, PROFILE_LABEL } from '../../rules/fargate/match.ts'
import type { FargateProfile } from '../../rules/fargate/profile.ts'
import { formatCapacity, sizeOf } from '../../rules/fargate/size.ts'
import type { KubernetesObject } from '../../kubernetes/client/client.ts'
import type { MutatingPlugin, AdmissionRequest } from '../../kubernetes/server/ports.ts'
import { LOGGING_ANNOTATION, loggingAnnotation, type LoggingConfiguration } from './logging.ts'
import type { FargateProfiles } from './ports.ts'

export const CAPACITY_ANNOTATION = 'CapacityProvisioned'
// What a pod on Fargate runs as: "All EKS Fargate pods run with guaranteed priority".
const PRIORITY_CLASS = 'system-node-critical'
const PRIORITY = 2_000_001_000

/**
 * Admission that marks the pods of Fargate profiles. Pods that exist when a profile becomes ACTIVE stay as they are.
 * @param logging tells whether the log router is configured
 */
export function createFargateAdmission(
  profiles: FargateProfiles,
  logging: LoggingConfiguration,
): MutatingPlugin {
  return {
    name: '0500-amazon-eks-fargate-mutation.amazonaws.com',
    admit(request) {
      const pod = newPod(request)
      if (!pod) return undefined
      // The namespace may be in the path only.
      const placed = { ...pod, metadata: { ...pod.metadata, namespace: request.namespace } }
      const placement = matchProfile(placed, profiles.active())
      if (placement.compute !== 'fargate') return undefined
      return onFargate(pod, placement.profile, loggingAnnotation(logging()))
    },
  }
}

function newPod({ operation, group, resource, subresource, object }: AdmissionRequest): Pod | undefined {
  const isNewPod = operation === 'CREATE' && group === '' && resource === 'pods' && subresource === ''
  // The API server has decoded it as the kind of its resource.
  return isNewPod && object ? (object as Pod) : undefined
}

function onFargate(pod: Pod, profile: FargateProfile, logging: string | undefined): KubernetesObject {
  const sizing = sizeOf(pod.spec)
  // Whatever the user wrote into these annotations does not count (containers-roadmap#1309).
  const {
    [CAPACITY_ANNOTATION]: _capacity,
    [LOGGING_ANNOTATION]: _logging,
    ...annotations
  } = pod.metadata.annotations ?? {}
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: {
        ...annotations,
        ...(sizing.fits ? { [CAPACITY_ANNOTATION]: formatCapacity(sizing.size) } : {}),
        ...(logging === undefined ? {} : { [LOGGING_ANNOTATION]: logging }),
      },
      labels: { ...pod.metadata.labels, [PROFILE_LABEL]: profile.name },
    },
    spec: {
      ...pod.spec,
      schedulerName: FARGATE_SCHEDULER,
      priority: PRIORITY,
      priorityClassName: PRIORITY_CLASS,
    },
  } as Pod
}
