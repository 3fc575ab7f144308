// Owns the health endpoints: the checks of the API server, each by itself and all together.
// Source: apiserver pkg/server/healthz/healthz.go; names and order as kube-apiserver v1.35 lists them.
import { textResponse, type ApiResponse } from './http.ts'

const HOOKS = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
]
const LAST_HOOKS = ['apiservice-openapi-controller', 'apiservice-openapiv3-controller']

const hook = (name: string): string => `poststarthook/${name}`
const started = [...HOOKS.map(hook), 'autoregister-completion', ...LAST_HOOKS.map(hook)]
const live = ['ping', 'log', 'etcd', ...started]

/** The checks behind each endpoint, in the order in which they are shown. */
export const healthChecks: Readonly<Record<string, readonly string[]>> = {
  '/healthz': live,
  '/livez': live,
  '/readyz': ['ping', 'log', 'etcd', 'etcd-readiness', 'informer-sync', ...started, 'shutdown'],
}

/** What the checks look at. A server that answers at all has started: what else they name has been done then. */
export interface HealthState {
  readonly isClosing: boolean
}

/** The answer for a health endpoint or one of its checks; undefined for other paths. */
export function healthResponse(
  state: HealthState,
  { path, query }: { readonly path: string; readonly query: URLSearchParams },
): ApiResponse | undefined {
  const root = Object.keys(healthChecks).find((prefix) => path === prefix || path.startsWith(`${prefix}/`))
  if (root === undefined) return undefined
  const all = healthChecks[root] ?? []
  const name = path.slice(root.length + 1)
  if (name === '') return groupResponse(state, { root, all, query })
  if (!all.includes(name)) return undefined
  return isWell(state, name) ? plain(200, 'ok') : plain(500, `internal server error: ${name} failed\n`)
}

function groupResponse(
  state: HealthState,
  { root, all, query }: { root: string; all: readonly string[]; query: URLSearchParams },
): ApiResponse {
  const excluded = query.getAll('exclude')
  const lines = all.map((name) => {
    if (excluded.includes(name)) return `[+]${name} excluded: ok`
    return isWell(state, name) ? `[+]${name} ok` : `[-]${name} failed: reason withheld`
  })
  const unknown = excluded.filter((name) => !all.includes(name))
  if (unknown.length > 0) {
    const names = unknown.toSorted().map((name) => JSON.stringify(name))
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(',')}`)
  }
  const isFailed = lines.some((line) => line.startsWith('[-]'))
  const title = root.slice(1)
  if (isFailed) return plain(500, [...lines, `${title} check failed\n`].join('\n'))
  return query.has('verbose')
    ? plain(200, [...lines, `${title} check passed\n`].join('\n'))
    : plain(200, 'ok')
}

function isWell({ isClosing }: HealthState, name: string): boolean {
  return name !== 'shutdown' || !isClosing
}

function plain(status: number, text: string): ApiResponse {
  const response = textResponse(status, text)
  return { ...response, headers: { ...response.headers, 'x-content-type-options': 'nosniff' } }
}
