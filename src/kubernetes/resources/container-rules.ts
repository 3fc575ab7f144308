// Owns rules of containers that look at several of their fields at once: ports of the node, devices, who they run as.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go.
import type { Container, PodSpec, SecurityContext } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { parseMilli } from '../../base/quantity.ts'
import { duplicate, forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'

const ID_RANGE = 'must be between 0 and 2147483647, inclusive'
const LARGEST_ID = 2 ** 31 - 1
const SECCOMP_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined']
const PROC_MOUNTS = ['Default', 'Unmasked']
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
const SYSCTL_TEXT =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'
/** What variables may take from their pod, and what the API knows beside that. */
const FIELDS = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.annotations',
  'metadata.labels',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'spec.schedulerName',
  'spec.host',
  'status.phase',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
])

/** Findings for one container; `hostUsers` is false where its pod has a user namespace of its own. */
export function validateContainerFields(
  container: Container,
  path: string,
  hostUsers: boolean,
): FieldError[] {
  const { resizePolicy = [], securityContext: security, env = [] } = container
  return [
    ...env.flatMap(({ valueFrom }, i) =>
      fieldPathErrors(valueFrom?.fieldRef?.fieldPath, `${path}.env[${i}].valueFrom.fieldRef.fieldPath`),
    ),
    ...resizePolicy.flatMap(({ resourceName }) =>
      resourceName === 'cpu' || resourceName === 'memory'
        ? []
        : [unsupported(`${path}.resizePolicy`, resourceName, ['cpu', 'memory'])],
    ),
    ...(security ? securityErrors(security, `${path}.securityContext`, hostUsers) : []),
  ]
}

function fieldPathErrors(fieldPath: string | undefined, at: string): FieldError[] {
  if (!fieldPath || /^metadata\.(?:labels|annotations)\['/.test(fieldPath) || FIELDS.has(fieldPath)) return []
  return [invalid(at, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)]
}

function securityErrors(security: SecurityContext, at: string, hostUsers: boolean): FieldError[] {
  const errors = identityErrors(security, at)
  const { privileged, allowPrivilegeEscalation, procMount } = security
  if (procMount !== undefined && !PROC_MOUNTS.includes(procMount)) {
    errors.push(unsupported(`${at}.procMount`, procMount, PROC_MOUNTS))
  }
  if (procMount === 'Unmasked' && hostUsers) {
    errors.push(invalid(`${at}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'))
  }
  if (privileged && allowPrivilegeEscalation === false) {
    const text = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'
    errors.push(invalid(at, internalOf(security), text))
  }
  return errors
}

/** Findings for what the security contexts of pods and of containers have in common. */
function identityErrors(
  security: Pick<SecurityContext, 'runAsUser' | 'runAsGroup' | 'seccompProfile'>,
  at: string,
): FieldError[] {
  const ids = (['runAsUser', 'runAsGroup'] as const).flatMap((field) => {
    const id = security[field]
    if (id === undefined || (id >= 0 && id <= LARGEST_ID)) return []
    return [invalid(`${at}.${field}`, id, ID_RANGE)]
  })
  const type = security.seccompProfile?.type
  const isKnown = type === undefined || SECCOMP_TYPES.includes(type)
  return isKnown ? ids : [...ids, unsupported(`${at}.seccompProfile.type`, type, SECCOMP_TYPES)]
}

// The value as Go prints it: the fields of the internal type.
function internalOf(security: SecurityContext): object {
  return {
    Capabilities: security.capabilities ?? null,
    Privileged: security.privileged ?? null,
    SELinuxOptions: security.seLinuxOptions ?? null,
    WindowsOptions: security.windowsOptions ?? null,
    RunAsUser: security.runAsUser ?? null,
    RunAsGroup: security.runAsGroup ?? null,
    RunAsNonRoot: security.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: security.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: security.allowPrivilegeEscalation ?? null,
    ProcMount: security.procMount ?? null,
    SeccompProfile: security.seccompProfile ?? null,
    AppArmorProfile: security.appArmorProfile ?? null,
  }
}

/** Findings for the security context of a pod. */
export function validatePodSecurity({ securityContext: security }: PodSpec, path: string): FieldError[] {
  if (!security) return []
  const at = `${path}.securityContext`
  return [
    ...identityErrors(security, at),
    ...(security.sysctls ?? []).flatMap(({ name }, i) => {
      if (!name) return [required(`${at}.sysctls[${i}].name`)]
      return name.length <= 253 && SYSCTL.test(name)
        ? []
        : [invalid(`${at}.sysctls[${i}].name`, name, SYSCTL_TEXT)]
    }),
  ]
}

/** Findings for ports of the node: each is taken once, and with its network they are the containers' own. */
export function validateHostPorts({ containers, hostNetwork }: PodSpec, path: string): FieldError[] {
  const taken = new Set<string>()
  // Those of a body that nobody has looked at yet may be missing.
  return (containers ?? []).flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP = '' }, port): FieldError[] => {
      if (!hostPort) return []
      const at = `${path}.containers[${container}].ports[${port}].hostPort`
      const name = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(name)) return [duplicate(at, name)]
      taken.add(name)
      return hostNetwork && hostPort !== containerPort
        ? [invalid(at, hostPort, 'must match `containerPort` when `hostNetwork` is true')]
        : []
    }),
  )
}

/** Findings for amounts of devices and huge pages, which cannot be divided or promised twice. */
export function validateDevices(
  { limits = {}, requests = {} }: NonNullable<Container['resources']>,
  path: string,
): FieldError[] {
  const whole = (field: 'limits' | 'requests', amounts: Readonly<Record<string, string>>): FieldError[] =>
    Object.entries(amounts).flatMap(([name, amount]) =>
      isDevice(name) && parseMilli(amount) % 1000n !== 0n
        ? [invalid(`${path}.${field}[${name}]`, amount, 'must be an integer')]
        : [],
    )
  const unlimited = Object.keys(requests).filter(
    (name) => (isDevice(name) || isHugePages(name)) && own(limits, name) === undefined,
  )
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  const isAlone = names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')
  return [
    ...whole('limits', limits),
    ...whole('requests', requests),
    ...unlimited.map(() => required(`${path}.limits`, 'Limit must be set for non overcommitable resources')),
    ...(isAlone ? [forbidden(path, 'HugePages require cpu or memory')] : []),
  ]
}

function isDevice(name: string): boolean {
  return name.includes('/') && !/(?:^|\.)kubernetes\.io\//.test(name)
}

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-')
}
