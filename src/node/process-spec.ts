// Owns how the process of a container runs, by the pod's and the container's word; pure.
// Source: kubernetes pkg/securitycontext/util.go (DetermineEffectiveSecurityContext), pkg/kubelet/kuberuntime/security_context.go.
import type { Pod, SeccompProfile } from '../../generated/kubernetes.d.ts'
import type { HostMount, ProcessSecurity, ProcessSpec } from '../runtime/runtime.ts'
import type { ContainerState } from './container-state.ts'
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

/** Why a container may not run as its security context has it; undefined when it may. */
export function securityProblem({ spec: { securityContext } }: Pod, spec: Spec): string | undefined {
  const user = spec.securityContext?.runAsUser ?? securityContext?.runAsUser
  const isNonRoot = spec.securityContext?.runAsNonRoot ?? securityContext?.runAsNonRoot
  return isNonRoot && user === 0 ? "container's runAsUser breaks non-root policy" : undefined
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
