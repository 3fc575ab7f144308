// Owns the four kinds of rbac.authorization.k8s.io.
import { namedBy } from './field-rules.ts'
import { validateName } from './naming.ts'
import { validateLabelSelector } from './selector-rules.ts'
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import type { KubernetesObject } from '../client/client.ts'
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '../client/resources.ts'
import { each, fillEmpty, structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, createdAtColumn, nameColumn } from './columns.ts'
import { invalid, required, unsupported, type FieldError } from './field-error.ts'
import { defineKind, type Column } from './kind.ts'

/** The group of the four kinds. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io'

type Binding = KubernetesObject & { readonly subjects?: Subject[]; readonly roleRef: RoleRef }

function subjectNames(kind: string): (binding: Binding) => string {
  return ({ subjects = [] }) =>
    subjects
      .filter((subject) => subject.kind === kind)
      .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
      .join(', ')
}

const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  { name: 'Role', type: 'string', cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  ageColumn,
  { name: 'Users', type: 'string', priority: 1, cell: subjectNames('User') },
  { name: 'Groups', type: 'string', priority: 1, cell: subjectNames('Group') },
  { name: 'ServiceAccounts', type: 'string', priority: 1, cell: subjectNames('ServiceAccount') },
]

function validateRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => {
    const at = `rules[${i}]`
    const errors: FieldError[] = []
    if (!rule.verbs?.length) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'))
    if (rule.nonResourceURLs?.length) {
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) {
        errors.push(
          invalid(
            `${at}.nonResourceURLs`,
            rule.nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        )
      }
      if (namespaced) {
        errors.push(
          invalid(
            `${at}.nonResourceURLs`,
            rule.nonResourceURLs,
            'namespaced rules cannot apply to non-resource URLs',
          ),
        )
      }
      return errors
    }
    if (!rule.apiGroups?.length) {
      errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'))
    }
    if (!rule.resources?.length) {
      errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'))
    }
    return errors
  })
}

function validateBinding(binding: Binding, roleKinds: readonly string[]): FieldError[] {
  const { roleRef, subjects = [] } = binding
  const errors: FieldError[] = []
  if (roleRef.apiGroup !== RBAC_GROUP) {
    errors.push(unsupported('roleRef.apiGroup', roleRef.apiGroup ?? '', [RBAC_GROUP]))
  }
  if (!roleKinds.includes(roleRef.kind)) errors.push(unsupported('roleRef.kind', roleRef.kind, roleKinds))
  errors.push(...validateName('roleRef.name', roleRef.name, 'path'))
  const isNamespaced = roleKinds.includes('Role')
  for (const [i, subject] of subjects.entries()) {
    errors.push(...validateSubject(subject, `subjects[${i}]`, isNamespaced))
  }
  return errors
}

// In a RoleBinding an account without a namespace is one of the binding's own (pkg/apis/rbac/validation).
function validateSubject(subject: Subject, at: string, isNamespaced: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (!subject.name) errors.push(required(`${at}.name`))
  if (subject.kind === 'ServiceAccount') {
    if (subject.name) errors.push(...namedBy(`${at}.name`, subject.name, 'subdomain'))
    if (subject.apiGroup) errors.push(unsupported(`${at}.apiGroup`, subject.apiGroup, ['']))
    if (!subject.namespace && !isNamespaced) errors.push(required(`${at}.namespace`))
  } else if (subject.kind === 'User' || subject.kind === 'Group') {
    if (subject.apiGroup !== RBAC_GROUP) {
      errors.push(unsupported(`${at}.apiGroup`, subject.apiGroup ?? '', [RBAC_GROUP]))
    }
  } else {
    errors.push(unsupported(`${at}.kind`, subject.kind, ['ServiceAccount', 'User', 'Group']))
  }
  return errors
}

/** pkg/apis/rbac/v1/defaults.go. */
function defaultRoleBinding(binding: Fields): void {
  fillEmpty(structAt(binding, 'roleRef'), { apiGroup: RBAC_GROUP })
  each(binding['subjects'], (subject) => {
    if (subject['kind'] === 'User' || subject['kind'] === 'Group')
      fillEmpty(subject, { apiGroup: RBAC_GROUP })
  })
}

function sameRole(binding: Binding, old: Binding): FieldError[] {
  if (deepEqual(binding.roleRef, old.roleRef)) return []
  // As Go prints its own type.
  const { apiGroup, kind, name } = binding.roleRef
  return [invalid('roleRef', { APIGroup: apiGroup, Kind: kind, Name: name }, 'cannot change roleRef')]
}

export const roleKind = defineKind<Role>({
  resource: roles,
  type: 'rbac/v1.Role',
  madeByPut: true,
  nameRule: 'path',
  columns: [nameColumn, createdAtColumn],
  validate: ({ rules }) => validateRules(rules, true),
})

export const clusterRoleKind = defineKind<ClusterRole>({
  resource: clusterRoles,
  type: 'rbac/v1.ClusterRole',
  madeByPut: true,
  nameRule: 'path',
  columns: [nameColumn, createdAtColumn],
  validate: ({ rules, aggregationRule }) => [
    ...validateRules(rules, false),
    ...(aggregationRule && !aggregationRule.clusterRoleSelectors?.length
      ? [
          required(
            'aggregationRule.clusterRoleSelectors',
            'at least one clusterRoleSelector required if aggregationRule is non-nil',
          ),
        ]
      : []),
    ...(aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector, i) => {
      const at = `aggregationRule.clusterRoleSelectors[${i}]`
      const errors = validateLabelSelector(selector, at)
      // Said once more of the selector as a whole, which has no value by then.
      return errors.length > 0 ? [...errors, invalid(at, null, 'invalid label selector.')] : []
    }),
  ],
})

export const roleBindingKind = defineKind<RoleBinding>({
  resource: roleBindings,
  type: 'rbac/v1.RoleBinding',
  madeByPut: true,
  defaults: defaultRoleBinding,
  nameRule: 'path',
  columns: bindingColumns as readonly Column<RoleBinding>[],
  validate: (binding) => validateBinding(binding, ['Role', 'ClusterRole']),
  validateUpdate: sameRole,
})

export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  resource: clusterRoleBindings,
  type: 'rbac/v1.ClusterRoleBinding',
  madeByPut: true,
  defaults: defaultRoleBinding,
  nameRule: 'path',
  columns: bindingColumns as readonly Column<ClusterRoleBinding>[],
  validate: (binding) => validateBinding(binding, ['ClusterRole']),
  validateUpdate: sameRole,
})
