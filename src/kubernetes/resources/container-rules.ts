// Owns rules of containers that look at several of their fields at once: ports of the node, devices, who they run as.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go.
import type { Container, PodSpec, SecurityContext } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { parseMilli } from '../../base/quantity.ts'
import { duplicate, forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { descendingPath } from './path-rules.ts'

const ID_RANGE = 'must be between 0 and 2147483647, inclusive'
const NEVER_RESTARTED = "must be 'NotRequired' when `restartPolicy` is 'Never'"
const LARGEST_ID = 2 ** 31 - 1
const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined']
const PROC_MOUNTS = ['Default', 'Unmasked']
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
const SYSCTL_TEXT =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'
/** Findings for who a container of the pod runs as, and for when it is resized in place. */
export function validateContainerFields(container: Container, path: string, pod: PodSpec): FieldError[] {
  const { resizePolicy = [], securityContext: security } = container
  const resized = resizePolicy.map(({ resourceName }) => resourceName)
  return [
    ...resizePolicy.flatMap(({ resourceName, restartPolicy }, i) => [
      ...(resized.indexOf(resourceName) < i ? [duplicate(`${path}.resizePolicy[${i}]`, resourceName)] : []),
      ...oneOf(`${path}.resizePolicy`, resourceName, ['cpu', 'memory']),
      ...oneOf(`${path}.resizePolicy`, restartPolicy, ['NotRequired', 'RestartContainer']),
      ...(pod.restartPolicy === 'Never' && restartPolicy !== 'NotRequired'
        ? [invalid(`${path}.resizePolicy`, restartPolicy ?? '', NEVER_RESTARTED)]
        : []),
    ]),
    ...(security ? securityErrors(security, `${path}.securityContext`, pod.hostUsers !== false) : []),
  ]
}

function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (!value) return [required(field)]
  return supported.includes(value) ? [] : [unsupported(field, value, supported)]
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
  security: Pick<SecurityContext, 'runAsUser' | 'runAsGroup' | 'seccompProfile' | 'appArmorProfile'>,
  at: string,
): FieldError[] {
  const ids = (['runAsUser', 'runAsGroup'] as const).flatMap((field) => {
    const id = security[field]
    if (id === undefined || (id >= 0 && id <= LARGEST_ID)) return []
    return [invalid(`${at}.${field}`, id, ID_RANGE)]
  })
  return [
    ...ids,
    ...profileErrors(security.seccompProfile, 'seccompProfile', at),
    ...profileErrors(security.appArmorProfile, 'appArmorProfile', at),
  ]
}

function profileErrors(
  profile: SecurityContext['seccompProfile'] | SecurityContext['appArmorProfile'],
  name: 'seccompProfile' | 'appArmorProfile',
  path: string,
): FieldError[] {
  if (!profile) return []
  const at = `${path}.${name}`
  const { type, localhostProfile: file } = profile
  const field = `${at}.localhostProfile`
  if (!type) return [required(`${at}.type`, `type is required when ${name} is set`)]
  if (type === 'Localhost') {
    const text = `must be set when ${name === 'seccompProfile' ? 'seccomp type' : 'AppArmor type'} is Localhost`
    if (file === undefined) return [required(field, text)]
    return name === 'seccompProfile' ? descendingPath(field, file) : localProfile(field, file)
  }
  if (!PROFILE_TYPES.includes(type)) return [unsupported(`${at}.type`, type, PROFILE_TYPES)]
  if (file === undefined) return []
  const only =
    name === 'seccompProfile'
      ? 'can only be set when seccomp type is Localhost'
      : 'can only be set when AppArmor type is Localhost'
  return [invalid(field, file, only)]
}

// The name of a profile that the node has loaded.
function localProfile(field: string, profile: string): FieldError[] {
  const trimmed = profile.trim()
  if (trimmed !== profile) return [invalid(field, profile, 'must not be padded with whitespace')]
  return trimmed ? [] : [required(field, 'must be set when AppArmor type is Localhost')]
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

/** Findings for ports of the node, each of which is taken once. */
export function validateHostPorts(containers: readonly Container[], path: string): FieldError[] {
  const taken = new Set<string>()
  return containers.flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ hostPort, protocol = 'TCP', hostIP = '' }, port): FieldError[] => {
      if (!hostPort) return []
      const name = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(name)) return [duplicate(`${path}[${container}].ports[${port}].hostPort`, name)]
      taken.add(name)
      return []
    }),
  )
}

/** Findings for ports of containers that share the network of their node: there they are the node's own. */
export function validateHostNetwork({ containers, hostNetwork }: PodSpec, path: string): FieldError[] {
  if (!hostNetwork) return []
  // Those of a body that nobody has looked at yet may be missing.
  return (containers ?? []).flatMap(({ ports = [] }, container) =>
    ports.flatMap(({ hostPort, containerPort }, port) =>
      hostPort && hostPort !== containerPort
        ? [
            invalid(
              `${path}.containers[${container}].ports[${port}].hostPort`,
              hostPort,
              'must match `containerPort` when `hostNetwork` is true',
            ),
          ]
        : [],
    ),
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
