// Owns the roles and bindings that every cluster starts with, for the API groups that are served here.
// Source: kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go.
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../../../generated/kubernetes.d.ts'
import type { Draft } from '../../client/client.ts'

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update']
const ALL = [...WRITE, ...READ]

const rule = (
  verbs: readonly string[],
  apiGroups: readonly string[],
  resources: readonly string[],
): PolicyRule => ({ verbs: [...verbs], apiGroups: [...apiGroups], resources: [...resources] })

const paths = (verbs: readonly string[], nonResourceURLs: readonly string[]): PolicyRule => ({
  verbs: [...verbs],
  nonResourceURLs: [...nonResourceURLs],
})

const workloads = ['daemonsets', 'deployments', 'deployments/scale', 'replicasets', 'replicasets/scale']
const workloadStatus = ['daemonsets/status', 'deployments/status', 'replicasets/status']
const plainCore = ['configmaps', 'events', 'pods', 'replicationcontrollers', 'serviceaccounts', 'services']

const viewRules: PolicyRule[] = [
  rule(READ, [''], [...plainCore, 'endpoints', 'namespaces', 'pods/log', 'pods/status', 'services/status']),
  rule(READ, ['apps'], [...workloads, ...workloadStatus]),
  rule(READ, ['discovery.k8s.io'], ['endpointslices']),
]

const editRules: PolicyRule[] = [
  rule(
    READ,
    [''],
    ['secrets', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'services/proxy'],
  ),
  rule(['impersonate'], [''], ['serviceaccounts']),
  rule(
    WRITE,
    [''],
    [
      'configmaps',
      'events',
      'pods',
      'pods/attach',
      'pods/exec',
      'pods/portforward',
      'secrets',
      'serviceaccounts',
      'services',
    ],
  ),
  rule(['create'], [''], ['pods/eviction', 'serviceaccounts/token']),
  rule(WRITE, ['apps'], workloads),
  rule(ALL, ['coordination.k8s.io'], ['leases']),
]

const adminRules: PolicyRule[] = [
  rule(['create'], ['authorization.k8s.io'], ['localsubjectaccessreviews']),
  rule(ALL, ['rbac.authorization.k8s.io'], ['rolebindings', 'roles']),
]

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

const roleFacts: Readonly<Record<string, RoleFacts>> = {
  'cluster-admin': { rules: [rule(['*'], ['*'], ['*']), paths(['*'], ['*'])] },
  admin: { rules: [...viewRules, ...editRules, ...adminRules], aggregates: 'admin' },
  edit: {
    rules: [...viewRules, ...editRules],
    aggregates: 'edit',
    labels: { [`${AGGREGATE}admin`]: 'true' },
  },
  view: { rules: viewRules, aggregates: 'view', labels: { [`${AGGREGATE}edit`]: 'true' } },
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

/** The cluster roles. */
export function bootstrapRoles(): Draft<ClusterRole>[] {
  return Object.entries(roleFacts).map(([name, { rules, aggregates, labels }]) => ({
    metadata: { name, annotations: marks.annotations, labels: { ...marks.labels, ...labels } },
    rules: [...rules],
    ...(aggregates
      ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [AGGREGATE + aggregates]: 'true' } }] } }
      : {}),
  }))
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
