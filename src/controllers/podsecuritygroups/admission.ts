// Owns what the webhooks of EKS's VPC resource controller do to pods: one that a SecurityGroupPolicy selects asks for a
// branch interface of its node, or on Fargate is told its groups; nobody else may say so.
// Source: aws/amazon-vpc-resource-controller-k8s webhooks/core (texts included), config/webhook/manifests.yaml.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import type { AdmissionRequest, MutatingPlugin, ValidatingPlugin } from '../../kubernetes/server/ports.ts'
import { FARGATE_GROUPS, POD_ENI } from '../../rules/eks/pod-security-groups.ts'
import { PROFILE_LABEL } from '../../rules/fargate/match.ts'
import { isForWindows } from '../../rules/scheduling/pod.ts'
import type { PodGroups } from './policies.ts'

const VALIDATING = 'vpod.vpc.k8s.aws'
/** Who may say which interface a pod has got. */
export const VPC_RESOURCE_CONTROLLER = 'eks:vpc-resource-controller'

/** Admission of pods. Comes after that of Fargate, whose label it looks at. */
export function createPodSecurityGroupAdmission(groups: PodGroups): MutatingPlugin & ValidatingPlugin {
  return {
    name: 'mpod.vpc.k8s.aws',
    admit(request) {
      const pod = podOf(request)
      if (!pod || request.operation !== 'CREATE' || pod.spec.hostNetwork) return undefined
      const ids = groups.of(pod, request.namespace)
      if (pod.metadata.labels?.[PROFILE_LABEL] !== undefined) return onFargate(pod, ids)
      return ids.length === 0 || isForWindows(pod) ? undefined : withBranch(pod)
    },
    validate(request) {
      const pod = podOf(request)
      if (!pod) return
      const { annotations = {} } = pod.metadata
      if (request.operation === 'CREATE') {
        if (annotations[POD_ENI] !== undefined) {
          throw denied(`pod cannot be created with ${POD_ENI} annotation`)
        }
        return
      }
      if (request.operation !== 'UPDATE') return
      const before = request.oldObject?.metadata.annotations ?? {}
      if (annotations[FARGATE_GROUPS] !== before[FARGATE_GROUPS]) {
        throw denied('annotation is not set by mutating webhook')
      }
      const isOwn = request.user.username === VPC_RESOURCE_CONTROLLER
      if (annotations[POD_ENI] !== before[POD_ENI] && !isOwn) {
        throw denied('annotation is not set by vpc-resource-controller')
      }
    },
  }
}

function podOf({ group, resource, subresource, object }: AdmissionRequest): Pod | undefined {
  // The resource says that it is one.
  return group === '' && resource === 'pods' && subresource === '' && object ? (object as Pod) : undefined
}

function denied(message: string): StatusError {
  return new StatusError('Forbidden', `admission webhook "${VALIDATING}" denied the request: ${message}`)
}

// What somebody else has written there does not count.
function onFargate(pod: Pod, ids: readonly string[]): Pod | undefined {
  const { [FARGATE_GROUPS]: claimed, ...annotations } = pod.metadata.annotations ?? {}
  if (ids.length === 0 && claimed === undefined) return undefined
  const own = ids.length === 0 ? {} : { [FARGATE_GROUPS]: ids.join(',') }
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...annotations, ...own } } }
}

function withBranch(pod: Pod): Pod {
  const [first, ...others] = pod.spec.containers
  if (!first) return pod
  const { resources = {} } = first
  const one = { [POD_ENI]: '1' }
  const asking = {
    ...first,
    resources: {
      ...resources,
      limits: { ...resources.limits, ...one },
      requests: { ...resources.requests, ...one },
    },
  }
  return { ...pod, spec: { ...pod.spec, containers: [asking, ...others] } }
}
