// Owns the roles and bindings that every cluster starts with, for the API groups that are served here.
// Source: kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go.
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../../../generated/kubernetes.d.ts'
import type { Draft } from '../../client/client.ts'
import { defaultRoles, type Kind } from '../../resources/kind.ts'
import { rulesOf } from './default-roles.ts'

const READ = ['get', 'list', 'watch']

const rule = (
  verbs: readonly string[],
  apiGroups: readonly string[],
  resources: readonly string[],
): PolicyRule => ({ verbs: [...verbs], apiGroups: [...apiGroups], resources: [...resources] })

const paths = (verbs: readonly string[], nonResourceURLs: readonly string[]): PolicyRule => ({
  verbs: [...verbs],
  nonResourceURLs: [...nonResourceURLs],
})

/** What every node may do where its rights are not subdivided (NodeRules). */
export const nodeRules: PolicyRule[] = [
  rule(['create'], ['authentication.k8s.io'], ['tokenreviews']),
  rule(['create'], ['authorization.k8s.io'], ['localsubjectaccessreviews', 'subjectaccessreviews']),
  rule(READ, [''], ['services', 'configmaps', 'secrets']),
  rule(['get'], [''], ['endpoints', 'serviceaccounts']),
  rule(['create', 'get', 'list', 'watch'], [''], ['nodes']),
  rule(['patch', 'update'], [''], ['nodes', 'nodes/status', 'pods/status']),
  rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']),
  rule(['get', 'list', 'watch', 'create', 'delete'], [''], ['pods']),
  rule(['create'], [''], ['pods/eviction', 'serviceaccounts/token']),
  rule(['create', 'delete', 'get', 'patch', 'update'], ['coordination.k8s.io'], ['leases']),
]

const discoveryPaths = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
]

interface RoleFacts {
  readonly rules: readonly PolicyRule[]
  readonly aggregates?: string
  readonly labels?: Readonly<Record<string, string>>
}

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-'

const systemRoles: Readonly<Record<string, RoleFacts>> = {
  'cluster-admin': { rules: [rule(['*'], ['*'], ['*']), paths(['*'], ['*'])] },
  'system:discovery': { rules: [paths(['get'], discoveryPaths)] },
  'system:public-info-viewer': {
    rules: [paths(['get'], ['/healthz', '/livez', '/readyz', '/version', '/version/'])],
  },
  'system:basic-user': {
    rules: [
      rule(['create'], ['authorization.k8s.io'], ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']),
      rule(['create'], ['authentication.k8s.io'], ['selfsubjectreviews']),
    ],
  },
  'system:service-account-issuer-discovery': {
    rules: [
      paths(
        ['get'],
        [
          '/.well-known/openid-configuration',
          '/.well-known/openid-configuration/',
          '/openid/v1/jwks',
          '/openid/v1/jwks/',
        ],
      ),
    ],
  },
  'system:auth-delegator': {
    rules: [
      rule(['create'], ['authentication.k8s.io'], ['tokenreviews']),
      rule(['create'], ['authorization.k8s.io'], ['subjectaccessreviews']),
    ],
  },
  'system:node': { rules: nodeRules },
  'system:node-proxier': {
    rules: [
      rule(['list', 'watch'], [''], ['services', 'endpoints']),
      rule(READ, [''], ['nodes']),
      rule(['create', 'patch', 'update'], ['', 'events.k8s.io'], ['events']),
      rule(['list', 'watch'], ['discovery.k8s.io'], ['endpointslices']),
    ],
  },
}

const bindingFacts: readonly { name: string; role: string; groups?: string[]; users?: string[] }[] = [
  { name: 'cluster-admin', role: 'cluster-admin', groups: ['system:masters'] },
  { name: 'system:discovery', role: 'system:discovery', groups: ['system:authenticated'] },
  { name: 'system:basic-user', role: 'system:basic-user', groups: ['system:authenticated'] },
  {
    name: 'system:public-info-viewer',
    role: 'system:public-info-viewer',
    groups: ['system:authenticated', 'system:unauthenticated'],
  },
  {
    name: 'system:service-account-issuer-discovery',
    role: 'system:service-account-issuer-discovery',
    groups: ['system:serviceaccounts'],
  },
  { name: 'system:node-proxier', role: 'system:node-proxier', users: ['system:kube-proxy'] },
  // Without subjects: the node authorizer lets nodes do what the role says, as far as it concerns them.
  { name: 'system:node', role: 'system:node' },
]

/** Subjects that earlier versions bound to a role and that a stored binding has to lose. */
export const withdrawnSubjects: Readonly<Record<string, readonly string[]>> = {
  'system:node': ['system:nodes'],
}

const marks = {
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
}

/**
 * view, edit and admin, with what the aggregation controller would write into them, and the roles that each of them
 * gathers: what is in view is in edit, and what is in edit is in admin.
 */
function userRoles(kinds: readonly Kind[]): Record<string, RoleFacts> {
  const facts: Record<string, RoleFacts> = {}
  let gathered: readonly PolicyRule[] = []
  for (const [index, role] of defaultRoles.entries()) {
    const next = defaultRoles[index + 1]
    const rules = rulesOf(role, kinds)
    gathered = [...gathered, ...rules]
    facts[`system:aggregate-to-${role}`] = { rules, labels: { [AGGREGATE + role]: 'true' } }
    facts[role] = {
      rules: gathered,
      aggregates: role,
      ...(next ? { labels: { [AGGREGATE + next]: 'true' } } : {}),
    }
  }
  return facts
}

/** The cluster roles of a server that starts with these kinds. */
export function bootstrapRoles(kinds: readonly Kind[]): Draft<ClusterRole>[] {
  return Object.entries({ ...systemRoles, ...userRoles(kinds) }).map(
    ([name, { rules, aggregates, labels }]) => ({
      metadata: { name, annotations: marks.annotations, labels: { ...marks.labels, ...labels } },
      rules: [...rules],
      ...(aggregates
        ? {
            aggregationRule: {
              clusterRoleSelectors: [{ matchLabels: { [AGGREGATE + aggregates]: 'true' } }],
            },
          }
        : {}),
    }),
  )
}

/** The bindings of those roles. */
export function bootstrapBindings(): Draft<ClusterRoleBinding>[] {
  const apiGroup = 'rbac.authorization.k8s.io'
  return bindingFacts.map(({ name, role, groups = [], users = [] }) => ({
    metadata: { name, ...marks },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [
      ...groups.map((group) => ({ kind: 'Group', apiGroup, name: group })),
      ...users.map((user) => ({ kind: 'User', apiGroup, name: user })),
    ],
  }))
}
