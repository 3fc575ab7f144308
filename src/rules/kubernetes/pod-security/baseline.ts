// Owns the checks of Pod Security's level baseline, in the order of their names.
// Source of rules and wording: pod-security-admission policy/check_*.go.
import type { Container, LifecycleHandler, Probe } from '../../../../generated/kubernetes.d.ts'
import {
  allContainers,
  containersThat,
  contextsOf,
  hasUserNamespace,
  nameContainers,
  plural,
  quoted,
  settersOf,
  sorted,
  type Check,
  type PodLike,
  type SecurityContext,
  type Violation,
} from './check.ts'

const APPARMOR_PREFIX = 'container.apparmor.security.beta.kubernetes.io/'
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod'
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/'

const defaultCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]

// Sysctls that are set apart for each pod, by the version that let them in.
const safeSysctls: readonly (readonly [minor: number, name: string])[] = [
  [0, 'kernel.shm_rmid_forced'],
  [0, 'net.ipv4.ip_local_port_range'],
  [0, 'net.ipv4.tcp_syncookies'],
  [0, 'net.ipv4.ping_group_range'],
  [0, 'net.ipv4.ip_unprivileged_port_start'],
  [27, 'net.ipv4.ip_local_reserved_ports'],
  [29, 'net.ipv4.tcp_keepalive_time'],
  [29, 'net.ipv4.tcp_fin_timeout'],
  [29, 'net.ipv4.tcp_keepalive_intvl'],
  [29, 'net.ipv4.tcp_keepalive_probes'],
  [32, 'net.ipv4.tcp_rmem'],
  [32, 'net.ipv4.tcp_wmem'],
]

/** True for profiles that confine; none set is another question. */
export function isConfined(type: string): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost'
}

function appArmorProfile(pod: PodLike): Violation | undefined {
  const isBad = ({ appArmorProfile: profile }: SecurityContext): boolean =>
    profile !== undefined && !isConfined(profile.type)
  const setters = settersOf(pod, isBad)
  const types = contextsOf(pod)
    .filter(isBad)
    .map((context) => context.appArmorProfile?.type ?? '')
  const annotations = Object.entries(pod.metadata?.annotations ?? {})
    .filter(([key]) => key.startsWith(APPARMOR_PREFIX))
    .filter(([, value]) => value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const who = [
    ...(setters ? [setters] : []),
    ...(annotations.length > 0 ? [plural('annotation', annotations.length)] : []),
  ]
  if (who.length === 0) return undefined
  const values = [...sorted(types), ...sorted(annotations)]
  return {
    reason: plural('forbidden AppArmor profile', values.length),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  }
}

function capabilities(pod: PodLike): Violation | undefined {
  const added = ({ securityContext }: Container): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.includes(name))
  const names = containersThat(pod, (container) => added(container).length > 0)
  if (names.length === 0) return undefined
  const all = sorted(allContainers(pod).flatMap(added))
  return {
    reason: 'non-default capabilities',
    detail: `${nameContainers(names)} must not include ${quoted(all)} in securityContext.capabilities.add`,
  }
}

function hostNamespaces({ spec }: PodLike): Violation | undefined {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field] === true)
  if (shared.length === 0) return undefined
  return { reason: 'host namespaces', detail: shared.map((field) => `${field}=true`).join(', ') }
}

function hostPathVolumes({ spec }: PodLike): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name)
  if (names.length === 0) return undefined
  return { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quoted(names)}` }
}

function hostPorts(pod: PodLike): Violation | undefined {
  const portsOf = ({ ports = [] }: Container): string[] =>
    ports.filter(({ hostPort }) => (hostPort ?? 0) !== 0).map(({ hostPort }) => String(hostPort))
  const names = containersThat(pod, (container) => portsOf(container).length > 0)
  if (names.length === 0) return undefined
  const ports = sorted(allContainers(pod).flatMap(portsOf))
  const verb = names.length === 1 ? 'uses' : 'use'
  return {
    reason: 'hostPort',
    detail: `${nameContainers(names)} ${verb} ${plural('hostPort', ports.length)} ${ports.join(', ')}`,
  }
}

function hostProbes(pod: PodLike): Violation | undefined {
  const hostsOf = (handler: Probe | LifecycleHandler | undefined): string[] =>
    [handler?.httpGet?.host, handler?.tcpSocket?.host].filter(
      (host) => host !== undefined && host !== '',
    ) as string[]
  const hostsIn = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(hostsOf)
  const names = sorted(containersThat(pod, (container) => hostsIn(container).length > 0))
  if (names.length === 0) return undefined
  const hosts = sorted(allContainers(pod).flatMap(hostsIn))
  const verb = names.length === 1 ? 'uses' : 'use'
  return {
    reason: 'probe or lifecycle host',
    detail: `${nameContainers(names)} ${verb} ${plural('probe or lifecycle host', hosts.length)} ${quoted(hosts)}`,
  }
}

function privileged(pod: PodLike): Violation | undefined {
  const names = containersThat(pod, ({ securityContext }) => securityContext?.privileged === true)
  if (names.length === 0) return undefined
  return {
    reason: 'privileged',
    detail: `${nameContainers(names)} must not set securityContext.privileged=true`,
  }
}

/** Refuses an unmasked /proc in any pod: what restricted does since 1.35, and baseline did before. */
export function procMount(pod: PodLike): Violation | undefined {
  const typeOf = ({ securityContext }: Container): string => securityContext?.procMount ?? 'Default'
  const names = containersThat(pod, (container) => typeOf(container) !== 'Default')
  if (names.length === 0) return undefined
  const types = sorted(allContainers(pod).map(typeOf)).filter((type) => type !== 'Default')
  return {
    reason: 'procMount',
    detail: `${nameContainers(names)} must not set securityContext.procMount to ${quoted(types)}`,
  }
}

function seLinuxOptions(pod: PodLike, minor: number): Violation | undefined {
  const allowed = ['', 'container_t', 'container_init_t', 'container_kvm_t']
  if (minor >= 31) allowed.push('container_engine_t')
  const isBad = ({ seLinuxOptions: options }: SecurityContext): boolean =>
    options !== undefined && (!allowed.includes(options.type ?? '') || !!options.user || !!options.role)
  const setters = settersOf(pod, isBad)
  if (!setters) return undefined
  const all = contextsOf(pod).flatMap((context) => context.seLinuxOptions ?? [])
  const types = sorted(all.map(({ type = '' }) => type)).filter((type) => !allowed.includes(type))
  const bad = [
    ...(types.length > 0 ? [`${plural('type', types.length)} ${quoted(types)}`] : []),
    ...(all.some(({ user }) => user) ? ['user may not be set'] : []),
    ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
  ]
  return {
    reason: 'seLinuxOptions',
    detail: `${setters} set forbidden securityContext.seLinuxOptions: ${bad.join('; ')}`,
  }
}

function seccompAnnotations(pod: PodLike): Violation | undefined {
  const { annotations = {} } = pod.metadata ?? {}
  const keys = [SECCOMP_POD, ...allContainers(pod).map(({ name }) => SECCOMP_CONTAINER + name)]
  const bad = keys.flatMap((key) => {
    const value = annotations[key]
    const isGood =
      value === undefined ||
      value === 'runtime/default' ||
      value === 'docker/default' ||
      value.startsWith('localhost/')
    return isGood ? [] : [`${key}=${JSON.stringify(value)}`]
  })
  if (bad.length === 0) return undefined
  const list = sorted(bad)
  return {
    reason: 'seccompProfile',
    detail: `forbidden ${plural('annotation', list.length)} ${list.join(', ')}`,
  }
}

/** Refuses profiles that do not confine. */
export function unconfinedSeccomp(pod: PodLike): Violation | undefined {
  const isBad = ({ seccompProfile }: SecurityContext): boolean =>
    seccompProfile !== undefined && !isConfined(seccompProfile.type)
  const setters = settersOf(pod, isBad)
  if (!setters) return undefined
  const types = contextsOf(pod)
    .filter(isBad)
    .map((context) => context.seccompProfile?.type ?? '')
  return {
    reason: 'seccompProfile',
    detail: `${setters} must not set securityContext.seccompProfile.type to ${quoted(sorted(types))}`,
  }
}

function sysctls({ spec }: PodLike, minor: number): Violation | undefined {
  const safe = safeSysctls.filter(([since]) => since <= minor).map(([, name]) => name)
  const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name)
  const bad = names.filter((name) => !safe.includes(name))
  return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') }
}

function hostProcess(pod: PodLike): Violation | undefined {
  const setters = settersOf(pod, ({ windowsOptions }) => windowsOptions?.hostProcess === true)
  if (!setters) return undefined
  return {
    reason: 'hostProcess',
    detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true`,
  }
}

export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', since: 0, run: appArmorProfile },
  { id: 'capabilities_baseline', since: 0, run: capabilities },
  { id: 'hostNamespaces', since: 0, run: hostNamespaces },
  { id: 'hostPathVolumes', since: 0, run: hostPathVolumes },
  { id: 'hostPorts', since: 0, run: hostPorts },
  { id: 'hostProbesAndHostLifecycle', since: 34, run: hostProbes },
  { id: 'privileged', since: 0, run: privileged },
  {
    id: 'procMount',
    since: 0,
    run: (pod, minor) => (minor >= 35 && hasUserNamespace(pod) ? undefined : procMount(pod)),
  },
  { id: 'seLinuxOptions', since: 0, run: seLinuxOptions },
  {
    id: 'seccompProfile_baseline',
    since: 0,
    run: (pod, minor) => (minor >= 19 ? unconfinedSeccomp(pod) : seccompAnnotations(pod)),
  },
  { id: 'sysctls', since: 0, run: sysctls },
  { id: 'windowsHostProcess', since: 0, run: hostProcess },
]
