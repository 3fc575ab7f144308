// Owns how the process of a container runs, by the pod's and the container's word; pure.
// Source: kubernetes pkg/securitycontext/util.go (DetermineEffectiveSecurityContext), pkg/kubelet/kuberuntime/security_context.go.
import type { Pod, SeccompProfile } from '../../generated/kubernetes.d.ts'
import type { HostMount, ProcessSecurity, ProcessSpec } from '../runtime/runtime.ts'
import type { ContainerState } from './container-state.ts'
import { podId } from './pod-state.ts'
import { containerResources } from './resize.ts'

type Spec = ContainerState['spec']

/** @param mounts its volumes on this machine */
export function processSpec(pod: Pod, spec: Spec, mounts: readonly HostMount[]): ProcessSpec {
  const target = 'targetContainerName' in spec ? spec.targetContainerName : undefined
  return {
    ...(spec.workingDir && { workingDir: spec.workingDir }),
    tty: spec.tty ?? false,
    stdin: spec.stdin ?? false,
    stdinOnce: spec.stdinOnce ?? false,
    security: securityOf(pod, spec),
    requests: containerResources(spec).requests,
    mounts,
    ...(typeof target === 'string' && { processesOf: target }),
  }
}

/**
 * Why a container may not run as its security context has it; undefined when it may.
 * @param imageUser the user that an image names, as `Runtime.imageUser`
 */
export async function securityProblem(
  pod: Pod,
  spec: Spec,
  imageUser: (image: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const { securityContext } = pod.spec
  const isNonRoot = spec.securityContext?.runAsNonRoot ?? securityContext?.runAsNonRoot
  if (!isNonRoot) return undefined
  const where = `(pod: "${podId(pod)}", container: ${spec.name})`
  const user = spec.securityContext?.runAsUser ?? securityContext?.runAsUser
  if (user !== undefined)
    return user === 0 ? `container's runAsUser breaks non-root policy ${where}` : undefined
  const ofImage = await imageUser(spec.image ?? '')
  if (ofImage === undefined) return undefined
  const [name = ''] = ofImage.split(':')
  if (/^0*$/.test(name)) return `container has runAsNonRoot and image will run as root ${where}`
  return /^\d+$/.test(name)
    ? undefined
    : `container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root ${where}`
}

function securityOf({ spec: { securityContext: shared = {} } }: Pod, spec: Spec): ProcessSecurity {
  const { securityContext: own = {} } = spec
  const { capabilities = {} } = own
  const user = own.runAsUser ?? shared.runAsUser
  const group = own.runAsGroup ?? shared.runAsGroup
  const { fsGroup, supplementalGroups = [] } = shared
  return {
    ...(user !== undefined && { user: group === undefined ? String(user) : `${user}:${group}` }),
    supplementalGroups: fsGroup === undefined ? supplementalGroups : [...supplementalGroups, fsGroup],
    addCapabilities: capabilities.add ?? [],
    dropCapabilities: capabilities.drop ?? [],
    isPrivileged: own.privileged ?? false,
    isRootReadOnly: own.readOnlyRootFilesystem ?? false,
    allowsPrivilegeEscalation: own.allowPrivilegeEscalation ?? true,
    seccomp: seccompOf(own.seccompProfile ?? shared.seccompProfile),
  }
}

// Without a profile a kubelet of EKS runs containers unconfined; an engine's own profile is what its users expect.
function seccompOf(profile: SeccompProfile | undefined): string {
  return profile?.type === 'Unconfined' ? 'Unconfined' : 'RuntimeDefault'
}
