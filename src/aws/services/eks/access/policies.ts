// Owns the access policies that can be associated with an entry, as Kubernetes rules.
// Source: EKS user guide, "Review access policy permissions"; the rules are those of Kubernetes' own
// cluster-admin, admin, edit and view roles.

export interface PolicyRule {
  readonly groups: readonly string[]
  /** `*` for all; `pods/log` names a subresource. */
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

export interface AccessPolicyDefinition {
  readonly name: string
  readonly rules: readonly PolicyRule[]
  /** Whether paths that are no resources, such as `/metrics`, are open too. */
  readonly nonResource: boolean
}

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update']
const ALL = ['*']

const workloads: PolicyRule[] = [
  {
    groups: [''],
    resources: [
      'configmaps',
      'endpoints',
      'persistentvolumeclaims',
      'persistentvolumeclaims/status',
      'pods',
      'replicationcontrollers',
      'replicationcontrollers/scale',
      'serviceaccounts',
      'services',
      'services/status',
      'bindings',
      'events',
      'limitranges',
      'namespaces/status',
      'pods/log',
      'pods/status',
      'replicationcontrollers/status',
      'resourcequotas',
      'resourcequotas/status',
      'namespaces',
    ],
    verbs: READ,
  },
  { groups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: READ },
  {
    groups: ['apps'],
    resources: [
      'controllerrevisions',
      'daemonsets',
      'daemonsets/status',
      'deployments',
      'deployments/scale',
      'deployments/status',
      'replicasets',
      'replicasets/scale',
      'replicasets/status',
      'statefulsets',
      'statefulsets/scale',
      'statefulsets/status',
    ],
    verbs: READ,
  },
  {
    groups: ['autoscaling'],
    resources: ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'],
    verbs: READ,
  },
  { groups: ['batch'], resources: ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], verbs: READ },
  {
    groups: ['networking.k8s.io'],
    resources: ['ingresses', 'ingresses/status', 'networkpolicies'],
    verbs: READ,
  },
  { groups: ['policy'], resources: ['poddisruptionbudgets', 'poddisruptionbudgets/status'], verbs: READ },
]

const edits: PolicyRule[] = [
  {
    groups: [''],
    resources: ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'],
    verbs: READ,
  },
  { groups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
  {
    groups: [''],
    resources: [
      'pods',
      'pods/attach',
      'pods/exec',
      'pods/portforward',
      'pods/proxy',
      'configmaps',
      'events',
      'persistentvolumeclaims',
      'replicationcontrollers',
      'replicationcontrollers/scale',
      'secrets',
      'serviceaccounts',
      'services',
      'services/proxy',
    ],
    verbs: WRITE,
  },
  { groups: [''], resources: ['pods/eviction', 'serviceaccounts/token'], verbs: ['create'] },
  {
    groups: ['apps'],
    resources: [
      'daemonsets',
      'deployments',
      'deployments/rollback',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
    ],
    verbs: WRITE,
  },
  { groups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: WRITE },
  { groups: ['batch'], resources: ['cronjobs', 'jobs'], verbs: WRITE },
  { groups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'], verbs: WRITE },
  { groups: ['policy'], resources: ['poddisruptionbudgets'], verbs: WRITE },
  { groups: ['coordination.k8s.io'], resources: ['leases'], verbs: [...READ, ...WRITE] },
]

const administration: PolicyRule[] = [
  { groups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
  { groups: ['rbac.authorization.k8s.io'], resources: ['rolebindings', 'roles'], verbs: [...READ, ...WRITE] },
]

export const accessPolicies: readonly AccessPolicyDefinition[] = [
  {
    name: 'AmazonEKSAdminPolicy',
    rules: [...workloads, ...edits, ...administration],
    nonResource: false,
  },
  {
    name: 'AmazonEKSAdminViewPolicy',
    rules: [{ groups: ALL, resources: ALL, verbs: READ }],
    nonResource: false,
  },
  {
    name: 'AmazonEKSClusterAdminPolicy',
    rules: [{ groups: ALL, resources: ALL, verbs: ALL }],
    nonResource: true,
  },
  {
    name: 'AmazonEKSHybridPolicy',
    rules: [{ groups: ALL, resources: ['nodes'], verbs: ['list'] }],
    nonResource: false,
  },
  { name: 'AmazonEKSEditPolicy', rules: [...workloads, ...edits], nonResource: false },
  { name: 'AmazonEKSViewPolicy', rules: workloads, nonResource: false },
]

// Of these AWS publishes what they are for, and not their rules.
const UNPUBLISHED: readonly string[] = [
  'AmazonEKSAutoNodePolicy',
  'AmazonEKSBlockStorageClusterPolicy',
  'AmazonEKSBlockStoragePolicy',
  'AmazonEKSComputeClusterPolicy',
  'AmazonEKSComputePolicy',
  'AmazonEKSLoadBalancingClusterPolicy',
  'AmazonEKSLoadBalancingPolicy',
  'AmazonEKSNetworkingClusterPolicy',
  'AmazonEKSNetworkingPolicy',
]

/** The name of a policy that AWS has and whose rules it does not publish; undefined for any other ARN. */
export function unpublishedPolicy(arn: string): string | undefined {
  return UNPUBLISHED.find((name) => policyArn(name) === arn)
}

/** `arn:aws:eks::aws:cluster-access-policy/NAME` */
export function policyArn(name: string): string {
  return `arn:aws:eks::aws:cluster-access-policy/${name}`
}

/** The policy with this ARN; undefined when there is none. */
export function findPolicy(arn: string): AccessPolicyDefinition | undefined {
  return accessPolicies.find((policy) => policyArn(policy.name) === arn)
}

/** True when one of the rules covers the verb on the resource (with its subresource). */
export function allows(
  policy: AccessPolicyDefinition,
  asked: { group: string; resource: string; subresource: string; verb: string },
): boolean {
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource
  return policy.rules.some(
    (rule) =>
      covers(rule.groups, asked.group) && covers(rule.resources, resource) && covers(rule.verbs, asked.verb),
  )
}

function covers(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value)
}
