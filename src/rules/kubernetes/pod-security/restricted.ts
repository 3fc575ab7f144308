// Owns the checks that Pod Security's level restricted has beyond baseline, in the order of their names.
// Source of rules and wording: pod-security-admission policy/check_*.go.
import type { Container, Volume } from '../../../../generated/kubernetes.d.ts'
import { procMount, unconfinedSeccomp } from './baseline.ts'
import {
  allContainers,
  containersThat,
  hasUserNamespace,
  isWindows,
  nameContainers,
  plural,
  quoted,
  settersOf,
  sorted,
  type Check,
  type PodLike,
  type Violation,
} from './check.ts'

const harmlessVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

function allowPrivilegeEscalation(pod: PodLike, minor: number): Violation | undefined {
  if (minor >= 25 && isWindows(pod)) return undefined
  const names = containersThat(
    pod,
    ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  )
  if (names.length === 0) return undefined
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${nameContainers(names)} must set securityContext.allowPrivilegeEscalation=false`,
  }
}

function capabilities(pod: PodLike, minor: number): Violation | undefined {
  if (minor >= 25 && isWindows(pod)) return undefined
  const added = ({ securityContext }: Container): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
  const keeping = containersThat(
    pod,
    ({ securityContext }) => !(securityContext?.capabilities?.drop ?? []).includes('ALL'),
  )
  const adding = containersThat(pod, (container) => added(container).length > 0)
  const all = quoted(sorted(allContainers(pod).flatMap(added)))
  const details = [
    ...(keeping.length > 0
      ? [`${nameContainers(keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [`${nameContainers(adding)} must not include ${all} in securityContext.capabilities.add`]
      : []),
  ]
  return details.length === 0
    ? undefined
    : { reason: 'unrestricted capabilities', detail: details.join('; ') }
}

function volumes({ spec }: PodLike): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !harmlessVolumes.includes(typeOf(volume)))
  if (bad.length === 0) return undefined
  const names = bad.map(({ name }) => name)
  const types = sorted(bad.map(typeOf))
  const verb = names.length === 1 ? 'uses' : 'use'
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', names.length)} ${quoted(names)} ${verb} ${plural('restricted volume type', types.length)} ${quoted(types)}`,
  }
}

// A volume has one source; Go's name of it is the field's.
function typeOf({ name: _name, ...source }: Volume): string {
  const present = Object.entries(source).filter(([, value]) => value !== undefined && value !== null)
  return present[0]?.[0] ?? 'unknown'
}

function runAsNonRoot(pod: PodLike, minor: number): Violation | undefined {
  if (minor >= 35 && hasUserNamespace(pod)) return undefined
  const reason = 'runAsNonRoot != true'
  const setters = settersOf(pod, (context) => context.runAsNonRoot === false)
  if (setters) return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` }
  if (pod.spec.securityContext?.runAsNonRoot === true) return undefined
  const silent = containersThat(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined)
  if (silent.length === 0) return undefined
  return { reason, detail: `pod or ${nameContainers(silent)} must set securityContext.runAsNonRoot=true` }
}

function runAsUser(pod: PodLike, minor: number): Violation | undefined {
  if (minor >= 35 && hasUserNamespace(pod)) return undefined
  const setters = settersOf(pod, (context) => context.runAsUser === 0)
  return setters ? { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` } : undefined
}

function seccompProfile(pod: PodLike, minor: number): Violation | undefined {
  if (minor >= 25 && isWindows(pod)) return undefined
  const unconfined = unconfinedSeccomp(pod)
  if (unconfined) return unconfined
  if (pod.spec.securityContext?.seccompProfile) return undefined
  const silent = containersThat(pod, ({ securityContext }) => securityContext?.seccompProfile === undefined)
  if (silent.length === 0) return undefined
  return {
    reason: 'seccompProfile',
    detail: `pod or ${nameContainers(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  }
}

export const restrictedChecks: readonly Check[] = [
  { id: 'allowPrivilegeEscalation', since: 8, run: allowPrivilegeEscalation },
  { id: 'capabilities_restricted', since: 22, overrides: 'capabilities_baseline', run: capabilities },
  { id: 'procMount_restricted', since: 35, overrides: 'procMount', run: procMount },
  { id: 'restrictedVolumes', since: 0, overrides: 'hostPathVolumes', run: volumes },
  { id: 'runAsNonRoot', since: 0, run: runAsNonRoot },
  { id: 'runAsUser', since: 23, run: runAsUser },
  { id: 'seccompProfile_restricted', since: 19, overrides: 'seccompProfile_baseline', run: seccompProfile },
]
