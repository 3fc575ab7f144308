// Owns the rules of view, edit and admin: what each kind says of itself, and what upstream says of kinds that are not
// served here. Source: kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go.
import type { PolicyRule } from '../../../../generated/kubernetes.d.ts'
import type { DefaultRole, DefaultRoles, Kind } from '../../resources/kind.ts'

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update']

interface Grant {
  readonly group: string
  /** `pods/log` names a subresource. */
  readonly resource: string
  readonly roles: DefaultRoles
  /** Verbs that there are, when only some are granted by name. */
  readonly verbs?: readonly string[]
}

const use: DefaultRoles = { read: 'view', write: 'edit' }
const see: DefaultRoles = { read: 'view' }

const grants = (group: string, roles: DefaultRoles, resources: readonly string[]): Grant[] =>
  resources.map((resource) => ({ group, resource, roles }))

/**
 * Resources of Kubernetes without a kind here: who holds a default role holds these rights all the same, and may hand
 * them on to the roles that charts bring along.
 */
export const unservedGrants: readonly Grant[] = [
  ...grants('', use, ['replicationcontrollers', 'replicationcontrollers/scale']),
  ...grants('', see, ['bindings', 'replicationcontrollers/status']),
  ...grants('apps', use, ['statefulsets', 'statefulsets/scale']),
  ...grants('apps', see, ['controllerrevisions', 'statefulsets/status']),
  ...grants('apps', { write: 'edit' }, ['deployments/rollback']),
  ...grants('extensions', use, ['daemonsets', 'deployments', 'deployments/scale', 'ingresses']),
  ...grants('extensions', use, ['networkpolicies', 'replicasets', 'replicasets/scale']),
  ...grants('extensions', use, ['replicationcontrollers/scale']),
  ...grants('extensions', see, [
    'daemonsets/status',
    'deployments/status',
    'ingresses/status',
    'replicasets/status',
  ]),
  ...grants('extensions', { write: 'edit' }, ['deployments/rollback']),
  ...grants('resource.k8s.io', use, ['resourceclaims', 'resourceclaimtemplates']),
  ...grants('resource.k8s.io', see, ['resourceclaims/status']),
]

const otherRules: Readonly<Record<DefaultRole, readonly PolicyRule[]>> = {
  view: [],
  edit: [{ verbs: ['impersonate'], apiGroups: [''], resources: ['serviceaccounts'] }],
  admin: [
    { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'] },
  ],
}

/** The rules that a default role has beyond those of the roles before it. */
export function rulesOf(role: DefaultRole, kinds: readonly Kind[]): PolicyRule[] {
  const all = [...kinds.flatMap(grantsOf), ...unservedGrants]
  const readable = all.filter(({ roles }) => roles.read === role)
  const writable = all.filter(({ roles }) => roles.write === role)
  return [
    ...rulesFor(READ, readable),
    ...rulesFor(
      WRITE,
      writable.filter(({ verbs }) => !verbs),
    ),
    ...rulesFor(
      ['create'],
      writable.filter(({ verbs }) => verbs),
    ),
    ...otherRules[role],
  ]
}

function grantsOf({ resource, roles, status, scale, subresources }: Kind): Grant[] {
  const { group, plural } = resource
  return [
    { group, resource: plural, roles },
    ...(status && roles.read ? [{ group, resource: `${plural}/status`, roles: { read: roles.read } }] : []),
    ...(scale ? [{ group, resource: `${plural}/scale`, roles }] : []),
    ...subresources.map((sub) => ({
      group,
      resource: `${plural}/${sub.name}`,
      roles: sub.roles,
      // What can be created alone is granted so; upstream grants every verb for the others.
      ...(sub.verbs.every((verb) => verb === 'create') ? { verbs: sub.verbs } : {}),
    })),
  ]
}

function rulesFor(verbs: readonly string[], granted: readonly Grant[]): PolicyRule[] {
  return [...Map.groupBy(granted, ({ group }) => group)].map(([group, list]) => ({
    verbs: [...verbs],
    apiGroups: [group],
    // A kind in two versions is granted once.
    resources: [...new Set(list.map(({ resource }) => resource))].toSorted(),
  }))
}
