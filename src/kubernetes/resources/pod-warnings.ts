// Owns what is accepted of a pod spec, but not without a warning.
// Source of the rules and words: kubernetes pkg/api/pod/warnings.go.
import type { Container, ContainerPort, PodSpec } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { parseMilli } from '../../base/quantity.ts'

/** The warnings for a pod spec at `path`, e.g. `spec` or `spec.template.spec`, whose values have been validated. */
export function podWarnings(spec: PodSpec | undefined, path: string): string[] {
  if (!spec) return []
  const lists = ['initContainers', 'containers', 'ephemeralContainers'] as const
  const located = lists.flatMap((list) =>
    (spec[list] ?? []).map((container, i): Located => ({ container, at: `${path}.${list}[${i}]` })),
  )
  return [
    ...nodeSelectorWarnings(spec, path),
    ...repeated(spec.hostAliases, 'ip', `${path}.hostAliases`),
    ...repeated(spec.imagePullSecrets, 'name', `${path}.imagePullSecrets`),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${path}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
    ...located.flatMap(({ container, at }) => [...fractions(container, at), ...hidden(container, at)]),
    ...portWarnings(located),
  ]
}

interface Located {
  readonly container: Container
  readonly at: string
}

// pkg/api/node/util.go
const DEPRECATED_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods':
    'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
}

function nodeSelectorWarnings({ nodeSelector = {} }: PodSpec, path: string): string[] {
  return Object.keys(nodeSelector).flatMap((key) => {
    const why = own(DEPRECATED_LABELS, key)
    return why === undefined ? [] : [`${path}.nodeSelector[${key}]: ${why}`]
  })
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

function fractions({ resources }: Container, at: string): string[] {
  const lists = ['limits', 'requests'] as const
  return ['memory', 'ephemeral-storage'].flatMap((name) =>
    lists.flatMap((list) => {
      const value = own(resources?.[list], name)
      if (value === undefined || parseMilli(value) % 1000n === 0n) return []
      return [
        `${at}.resources.${list}[${name}]: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`,
      ]
    }),
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
  const clashes = ports.flatMap(({ port, at }, index) =>
    ports.slice(0, index).flatMap((other) => {
      const kind = clashOf(port, other.port)
      return kind === undefined ? [] : [`${at}: ${kind} port definition with ${other.at}`]
    }),
  )
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

function clashOf(a: ContainerPort, b: ContainerPort): string | undefined {
  if (a.containerPort !== b.containerPort || (a.protocol ?? 'TCP') !== (b.protocol ?? 'TCP')) return undefined
  const [ipA, ipB, hostA, hostB] = [a.hostIP ?? '', b.hostIP ?? '', a.hostPort ?? 0, b.hostPort ?? 0]
  if (ipA === ipB && hostA === hostB) return 'duplicate'
  if (hostA === 0 || hostB === 0) return 'overlapping'
  const isHalfOpen = (ipA === '') !== (ipB === '')
  return hostA === hostB && isHalfOpen ? 'dangerously ambiguous' : undefined
}
