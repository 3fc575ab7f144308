// Owns the rules for security contexts, of pods and of containers.
// Source of rules and wording: kubernetes pkg/apis/core/validation/validation.go (ValidateSecurityContext,
// validatePodSpecSecurityContext).
import type { PodSpec, SecurityContext } from '../../../generated/kubernetes.d.ts'
import { duplicate, invalid, required, tooLong, unsupported, type FieldError } from './field-error.ts'
import { choice, idErrors } from './field-rules.ts'
import { descendingPath } from './path-rules.ts'
import { validateWindowsOptions } from './windows-rules.ts'

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined']
const PROC_MOUNTS = ['Default', 'Unmasked']
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
const SYSCTL_TEXT =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'

/** Findings for the security context of a container. */
export function validateSecurity(security: SecurityContext, at: string, hostUsers: boolean): FieldError[] {
  const errors = [
    ...idErrors(`${at}.runAsUser`, security.runAsUser),
    ...idErrors(`${at}.runAsGroup`, security.runAsGroup),
  ]
  const { privileged, allowPrivilegeEscalation, procMount, capabilities, windowsOptions } = security
  if (procMount !== undefined && !PROC_MOUNTS.includes(procMount)) {
    errors.push(unsupported(`${at}.procMount`, procMount, PROC_MOUNTS))
  }
  if (procMount === 'Unmasked' && hostUsers) {
    errors.push(invalid(`${at}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'))
  }
  errors.push(...seccompErrors(security.seccompProfile, `${at}.seccompProfile`))
  if (allowPrivilegeEscalation === false) {
    const text = 'cannot set `allowPrivilegeEscalation` to false and'
    if (privileged) errors.push(invalid(at, internalOf(security), `${text} \`privileged\` to true`))
    for (const name of capabilities?.add ?? []) {
      if (name === 'CAP_SYS_ADMIN')
        errors.push(invalid(at, internalOf(security), `${text} \`capabilities.Add\` CAP_SYS_ADMIN`))
    }
  }
  return [
    ...errors,
    ...(windowsOptions ? validateWindowsOptions(windowsOptions, `${at}.windowsOptions`) : []),
    ...appArmorErrors(security.appArmorProfile, `${at}.appArmorProfile`),
  ]
}

// Both kinds of profiles have one shape, and their rules differ in words and order alone.
function seccompErrors(profile: SecurityContext['seccompProfile'], at: string): FieldError[] {
  if (!profile) return []
  const { type, localhostProfile: file } = profile
  const field = `${at}.localhostProfile`
  const errors = typeErrors(type, `${at}.type`, 'seccompProfile')
  if (type === 'Localhost') {
    return file === undefined
      ? [...errors, required(field, 'must be set when seccomp type is Localhost')]
      : [...errors, ...descendingPath(field, file)]
  }
  if (file === undefined) return errors
  const printed = { Type: type ?? '', LocalhostProfile: file }
  return [...errors, invalid(field, printed, 'can only be set when seccomp type is Localhost')]
}

function typeErrors(type: string | undefined, field: string, name: string): FieldError[] {
  if (!type) return [required(field, `type is required when ${name} is set`)]
  return choice(field, type, PROFILE_TYPES)
}

const LONGEST_PROFILE = 4095

function appArmorErrors(profile: SecurityContext['appArmorProfile'], at: string): FieldError[] {
  if (!profile) return []
  const { type, localhostProfile: file } = profile
  const field = `${at}.localhostProfile`
  const errors = typeErrors(type, `${at}.type`, 'appArmorProfile')
  if (errors.length > 0) return errors
  if (type !== 'Localhost') {
    return file === undefined ? [] : [invalid(field, file, 'can only be set when AppArmor type is Localhost')]
  }
  // The name of a profile that the node has loaded.
  const missing = required(field, 'must be set when AppArmor type is Localhost')
  if (file === undefined) return [missing]
  const trimmed = file.trim()
  return [
    ...(trimmed === file ? [] : [invalid(field, file, 'must not be padded with whitespace')]),
    ...(file === '' ? [missing] : []),
    ...(Buffer.byteLength(file) > LONGEST_PROFILE ? [tooLong(field, LONGEST_PROFILE)] : []),
  ]
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
export function validatePodSecurity(spec: PodSpec, path: string): FieldError[] {
  const { securityContext: security, hostPID, shareProcessNamespace: shares } = spec
  // Some fields of the spec are internal parts of the context.
  const at = `${path}.securityContext`
  const sharing =
    shares && hostPID
      ? [
          invalid(
            `${at}.shareProcessNamespace`,
            true,
            'ShareProcessNamespace and HostPID cannot both be enabled',
          ),
        ]
      : []
  if (!security) return sharing
  const { supplementalGroups: groups = [], sysctls = [], windowsOptions } = security
  return [
    ...idErrors(`${at}.fsGroup`, security.fsGroup),
    ...idErrors(`${at}.runAsUser`, security.runAsUser),
    ...idErrors(`${at}.runAsGroup`, security.runAsGroup),
    ...groups.flatMap((group, i) => idErrors(`${at}.supplementalGroups[${i}]`, group)),
    ...sharing,
    ...(sysctls.length > 0 ? sysctlErrors(sysctls, `${at}.sysctls`, spec) : []),
    ...choice(`${at}.fsGroupChangePolicy`, security.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...seccompErrors(security.seccompProfile, `${at}.seccompProfile`),
    ...(windowsOptions ? validateWindowsOptions(windowsOptions, `${at}.windowsOptions`) : []),
    ...appArmorErrors(security.appArmorProfile, `${at}.appArmorProfile`),
    ...choice(`${at}.supplementalGroupsPolicy`, security.supplementalGroupsPolicy, ['Merge', 'Strict']),
    // SELinuxMount is not on in 1.35: volumes are labelled in one way.
    ...choice(`${at}.seLinuxChangePolicy`, security.seLinuxChangePolicy, ['Recursive']),
  ]
}

type Sysctls = NonNullable<NonNullable<PodSpec['securityContext']>['sysctls']>

function sysctlErrors(sysctls: Sysctls, path: string, spec: PodSpec): FieldError[] {
  const names = sysctls.map(({ name }) => name)
  return names.flatMap((name, i) => {
    const field = `${path}[${i}].name`
    if (!name) return [required(field)]
    const space = namespaceOf(name)
    return [
      ...(name.length > 253 || !SYSCTL.test(name)
        ? [invalid(field, name, SYSCTL_TEXT)]
        : names.indexOf(name) < i
          ? [duplicate(field, name)]
          : []),
      ...(spec.hostNetwork && space === 'net'
        ? [invalid(field, name, "may not be specified when 'hostNetwork' is true")]
        : []),
      ...(!(spec.hostNetwork && space === 'net') && spec.hostIPC && space === 'ipc'
        ? [invalid(field, name, "may not be specified when 'hostIPC' is true")]
        : []),
    ]
  })
}

const OF_MEMORY = new Set(
  ['sem', 'shm', 'shmall', 'shmmax', 'shmmni', 'shm_rmid_forced', 'msg', 'msgmax', 'msgmnb', 'msgmni'].map(
    (name) => `kernel.${name}`,
  ),
)

// component-helpers node/util/sysctl/namespace.go; a name may be written with slashes.
function namespaceOf(name: string): 'net' | 'ipc' | undefined {
  const dotted = name.replaceAll('/', '.')
  if (dotted.startsWith('net.')) return 'net'
  return OF_MEMORY.has(dotted) || dotted.startsWith('fs.mqueue.') ? 'ipc' : undefined
}
