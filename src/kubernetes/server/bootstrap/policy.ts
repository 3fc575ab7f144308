// Owns the roles and bindings that every cluster starts with, as published (data/kubernetes-bootstrap.json).
// Source: kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy.
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from '../../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../../base/json.ts'
import type { Draft } from '../../client/client.ts'
import {
  publishedObjects,
  type PublishedBinding,
  type PublishedRole,
} from '../../resources/published-objects.ts'

const API_GROUP = 'rbac.authorization.k8s.io'
const AGGREGATE = `${API_GROUP}/aggregate-to-`

/** Subjects that earlier versions bound to a role and that a stored binding has to lose. */
export const withdrawnSubjects: Readonly<Record<string, readonly string[]>> = {
  'system:node': ['system:nodes'],
}

export interface BootstrapPolicy {
  readonly clusterRoles: readonly Draft<ClusterRole>[]
  readonly clusterRoleBindings: readonly Draft<ClusterRoleBinding>[]
  readonly roles: readonly Draft<Role>[]
  readonly roleBindings: readonly Draft<RoleBinding>[]
}

/** Everything of RBAC that a fresh cluster holds; roles that aggregate have their rules already. */
export function bootstrapPolicy(): BootstrapPolicy {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = publishedObjects()
  return {
    clusterRoles: clusterRoles.map((role) => clusterRole(role, clusterRoles)),
    clusterRoleBindings: clusterRoleBindings.map((binding) => ({
      ...marked(binding),
      ...boundBy(binding),
    })),
    roles: roles.map((role) => ({ ...marked(role), rules: [...(role.rules ?? [])] })),
    roleBindings: roleBindings.map((binding) => ({ ...marked(binding), ...boundBy(binding) })),
  }
}

/** What every node may do where its rights are not subdivided (NodeRules). */
export function nodeRules(): readonly PolicyRule[] {
  return publishedObjects().clusterRoles.find(({ name }) => name === 'system:node')?.rules ?? []
}

function clusterRole(role: PublishedRole, all: readonly PublishedRole[]): Draft<ClusterRole> {
  const { aggregates } = role
  const clusterRoleSelectors = [{ matchLabels: { [`${AGGREGATE}${aggregates}`]: 'true' } }]
  return {
    ...marked(role),
    rules: rulesOf(role, all),
    ...(aggregates === undefined ? {} : { aggregationRule: { clusterRoleSelectors } }),
  }
}

/** The rules of a role; those of what it aggregates are gathered by name, each once, as the controller does it. */
function rulesOf(role: PublishedRole, all: readonly PublishedRole[]): PolicyRule[] {
  if (role.aggregates === undefined) return [...(role.rules ?? [])]
  const label = AGGREGATE + role.aggregates
  const gathered = all
    .filter(({ labels }) => labels?.[label] === 'true')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((other) => rulesOf(other, all))
  return gathered.filter((rule, i) => gathered.findIndex((other) => deepEqual(other, rule)) === i)
}

interface Named {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
}

function marked({ name, namespace, labels }: Named): {
  metadata: {
    name: string
    namespace?: string
    labels: Record<string, string>
    annotations: Record<string, string>
  }
} {
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    },
  }
}

function boundBy({ roleRef, subjects }: PublishedBinding): Pick<RoleBinding, 'roleRef' | 'subjects'> {
  const [kind = '', ...name] = roleRef.split('/')
  return {
    roleRef: { apiGroup: API_GROUP, kind, name: name.join('/') },
    subjects: subjects.map(subjectOf),
  }
}

function subjectOf(text: string): Subject {
  const separator = text.indexOf(':')
  const [kind, name] = [text.slice(0, separator), text.slice(separator + 1)]
  if (kind !== 'ServiceAccount') return { kind, apiGroup: API_GROUP, name }
  const [namespace = '', account = ''] = name.split('/')
  return { kind, namespace, name: account }
}
