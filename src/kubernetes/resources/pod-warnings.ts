// Owns what is accepted of a pod spec, but not without a warning.
// Source of the rules and words: kubernetes pkg/api/pod/warnings.go.
import type {
  Container,
  ContainerPort,
  LabelSelector,
  PodSpec,
  PodTemplateSpec,
} from '../../../generated/kubernetes.d.ts'
import { deepEqual, own } from '../../base/json.ts'
import type { ResourceList } from '../../rules/kubernetes/resource-list.ts'
import { ipWarnings } from './ip-rules.ts'
import { nameProblems } from './naming.ts'
import { keyWarnings, labelWarnings, termWarnings } from './node-label-warnings.ts'
import { fractionWarnings } from './quantity-rules.ts'
import { volumeWarnings } from './volume-warnings.ts'

/**
 * The warnings for a pod, or for a template at `path`, e.g. `spec.template`, whose values have been validated.
 * A pod has the path ''.
 */
export function podWarnings(
  { metadata, spec }: Pick<PodTemplateSpec, 'metadata' | 'spec'>,
  path: string,
): string[] {
  if (!spec) return []
  const root = path === '' ? '' : `${path}.`
  const at = `${root}spec`
  const annotations = metadata?.annotations ?? {}
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const
  const located = lists.flatMap((list) =>
    (spec[list] ?? []).map((container, i): Located => ({ container, at: `${at}.${list}[${i}]` })),
  )
  return [
    ...placementWarnings(spec, at),
    ...Object.entries(OLD_ANNOTATIONS).flatMap(([key, why]) =>
      own(annotations, key) === undefined ? [] : [`${root}metadata.annotations[${key}]: ${why}`],
    ),
    ...volumeWarnings(spec.volumes ?? [], `${at}.volumes`),
    ...repeated(spec.hostAliases, 'ip', `${at}.hostAliases`),
    ...repeated(spec.imagePullSecrets, 'name', `${at}.imagePullSecrets`),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${at}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
    ...fractions({ '': spec.overhead }, `${at}.overhead`),
    ...profileWarnings({ annotations, spec, containers: located.map(({ container }) => container) }, path),
    ...located.flatMap(({ container, at: where }) => [
      ...fractions(
        { '.limits': container.resources?.limits, '.requests': container.resources?.requests },
        `${where}.resources`,
      ),
      ...hidden(container, where),
    ]),
    ...portWarnings(located),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(spec, `${at}.affinity`),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, i) =>
      ipWarnings(`${at}.dnsConfig.nameservers[${i}]`, ip),
    ),
    ...(spec.hostAliases ?? []).flatMap(({ ip }, i) => ipWarnings(`${at}.hostAliases[${i}].ip`, ip)),
  ]
}

/**
 * The warnings for an object at `spec` with a pod template: of a new one, and of one whose spec changes, for a strategy
 * warns only where the generation rises.
 */
export function templateWarnings(object: Templated, old: Templated | undefined): string[] {
  if (old && deepEqual(old.spec, object.spec)) return []
  return podWarnings(object.spec?.template ?? {}, 'spec.template')
}

interface Templated {
  readonly spec?: { readonly template?: Pick<PodTemplateSpec, 'metadata' | 'spec'> }
}

/** The warning for the name of something new whose pods are called after it, where it is no DNS label. */
export function podNameWarnings({ metadata: { name = '' } }: Named, old: Named | undefined): string[] {
  return hostNameWarnings(name, old, 'Pod names and hostnames')
}

/** The warning for the name of a new pod that is no DNS label. */
export function hostNameWarnings(name: string, old: unknown, where = "the Pod's hostname"): string[] {
  const problems = old === undefined ? nameProblems(name, 'label') : []
  if (problems.length === 0) return []
  const advice = `which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`
  return [`metadata.name: this is used in ${where}, ${advice}`]
}

interface Named {
  readonly metadata: { readonly name?: string }
}

interface Located {
  readonly container: Container
  readonly at: string
}

const OLD_ANNOTATIONS = {
  'scheduler.alpha.kubernetes.io/critical-pod':
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
}

function placementWarnings(
  { nodeSelector, affinity, topologySpreadConstraints }: PodSpec,
  at: string,
): string[] {
  const node = affinity?.nodeAffinity
  const required = `${at}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`
  const preferred = `${at}.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution`
  const spread = `${at}.topologySpreadConstraints`
  return [
    ...Object.keys(nodeSelector ?? {}).flatMap((key) => labelWarnings(`${at}.nodeSelector[${key}]`, key)),
    ...(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []).flatMap((term, i) =>
      termWarnings(term, `${required}[${i}]`),
    ),
    ...(node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ preference }, i) =>
      termWarnings(preference, `${preferred}[${i}].preference`, true),
    ),
    ...(topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, i) => [
      ...keyWarnings(`${spread}[${i}].topologyKey`, topologyKey),
      ...nullSelector(labelSelector, `${spread}[${i}]`),
    ]),
  ]
}

function nullSelector(selector: LabelSelector | null | undefined, at: string): string[] {
  return selector ? [] : [`${at}.labelSelector: a null labelSelector results in matching no pod`]
}

function affinityWarnings({ affinity }: PodSpec, path: string): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((side) => {
    const terms = affinity?.[side]
    const at = `${path}.${side}`
    return [
      ...(terms?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ labelSelector }, i) =>
        nullSelector(labelSelector, `${at}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`),
      ),
      ...(terms?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, i) =>
        nullSelector(
          podAffinityTerm.labelSelector,
          `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm`,
        ),
      ),
    ]
  })
}

const SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
const APP_ARMOR = 'deprecated since v1.30; use the "appArmorProfile" field instead'

interface Profiled {
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: PodSpec
  readonly containers: readonly Container[]
}

// Annotations that were the way to name profiles, without the fields that are it now.
function profileWarnings({ annotations, spec, containers }: Profiled, path: string): string[] {
  const say = (key: string, why: string): string =>
    `${path === '' ? '' : `${path}.`}metadata.annotations[${key}]: ${why}`
  const has = (key: string): boolean => own(annotations, key) !== undefined
  const ofPod = 'seccomp.security.alpha.kubernetes.io/pod'
  return [
    ...(!spec.securityContext?.seccompProfile && has(ofPod) ? [say(ofPod, SECCOMP)] : []),
    ...containers.flatMap(({ name, securityContext }) => {
      const seccomp = `container.seccomp.security.alpha.kubernetes.io/${name}`
      const appArmor = `container.apparmor.security.beta.kubernetes.io/${name}`
      const profile = appArmorField(own(annotations, appArmor))
      const isOld =
        path !== '' && !securityContext?.appArmorProfile && profile !== undefined
          ? !deepEqual(spec.securityContext?.appArmorProfile, profile)
          : false
      return [
        ...(!securityContext?.seccompProfile && has(seccomp) ? [say(seccomp, SECCOMP)] : []),
        ...(isOld ? [say(appArmor, APP_ARMOR)] : []),
      ]
    }),
  ]
}

// The field that says the same as an annotation; nothing says the same as one that is not known.
function appArmorField(annotation: string | undefined): object | undefined {
  if (annotation === undefined) return undefined
  if (annotation === 'unconfined') return { type: 'Unconfined' }
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' }
  return annotation.startsWith('localhost/')
    ? { type: 'Localhost', localhostProfile: annotation.slice('localhost/'.length) }
    : {}
}

function repeated<K extends string>(
  items: readonly Readonly<Partial<Record<K, string>>>[] | undefined,
  key: K,
  path: string,
): string[] {
  const seen = new Set<string>()
  return (items ?? []).flatMap((item, i) => {
    const value = item[key] ?? ''
    const isFirst = !seen.has(value)
    seen.add(value)
    if (isFirst) return []
    return [`${path}[${i}].${key}: duplicate ${key} ${JSON.stringify(value)}`]
  })
}

// Amounts of bytes with a part of one; `lists` is by what follows `at` in the name of the field.
function fractions(lists: Readonly<Record<string, ResourceList | undefined>>, at: string): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) =>
    Object.entries(lists).flatMap(([list, amounts]) =>
      fractionWarnings(`${at}${list}[${name}]`, own(amounts, name)),
    ),
  )
}

// A value that builds upon the one before it is meant so.
function hidden({ env = [] }: Container, at: string): string[] {
  const seen = new Set<string>()
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    const isFirst = !seen.has(name)
    seen.add(name)
    if (isFirst) return []
    const reference = `$(${name})`
    const isBad = valueFrom !== undefined || value === reference || !value.includes(reference)
    const what = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`
    return isBad ? [`${at}.env[${i}]: ${what}`] : []
  })
}

function portWarnings(located: readonly Located[]): string[] {
  const ports = located.flatMap(({ container, at }) =>
    (container.ports ?? []).map((port, i) => ({ port, at: `${at}.ports[${i}]` })),
  )
  const clashes = ports.flatMap(({ port, at }, index) => [
    ...(port.hostIP && !port.hostPort ? [`${at}: hostIP set without hostPort: ${textOf(port)}`] : []),
    ...ports.slice(0, index).flatMap((other) => {
      const kind = clashOf(port, other.port)
      return kind === undefined ? [] : [`${at}: ${kind} port definition with ${other.at}`]
    }),
  ])
  const names = new Map<string, string>()
  const twice = ports.flatMap(({ port: { name }, at }) => {
    if (!name) return []
    const first = names.get(name)
    if (first === undefined) {
      names.set(name, at)
      return []
    }
    const quoted = JSON.stringify(name)
    return [
      `${at}: duplicate port name ${quoted} with ${first}, services and probes that select ports by name will use ${first}`,
    ]
  })
  return [...clashes, ...twice]
}

// What %+v makes of a port.
function textOf({
  name = '',
  hostPort = 0,
  containerPort,
  protocol = 'TCP',
  hostIP = '',
}: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`
}

function clashOf(a: ContainerPort, b: ContainerPort): string | undefined {
  if (a.containerPort !== b.containerPort || (a.protocol ?? 'TCP') !== (b.protocol ?? 'TCP')) return undefined
  const [ipA, ipB, hostA, hostB] = [a.hostIP ?? '', b.hostIP ?? '', a.hostPort ?? 0, b.hostPort ?? 0]
  if (ipA === ipB && hostA === hostB) return 'duplicate'
  if (hostA === 0 || hostB === 0) return 'overlapping'
  const isHalfOpen = (ipA === '') !== (ipB === '')
  return hostA === hostB && isHalfOpen ? 'dangerously ambiguous' : undefined
}
