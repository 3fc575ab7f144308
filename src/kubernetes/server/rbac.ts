// Owns the RBAC evaluator: which rules hold for a user, and whether they allow a request.
// Source: kubernetes plugin/pkg/auth/authorizer/rbac, pkg/apis/rbac/v1/evaluation_helpers.go.
import type { PolicyRule, RoleRef, Subject } from '../../../generated/kubernetes.d.ts'
import { onAbort } from '../../base/abort.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { clusterRoleBindingKind, clusterRoleKind, roleBindingKind, roleKind } from '../resources/rbac.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'
import type { Storage } from '../registry/storage.ts'
import type { Authorizer, RequestAttributes, UserInfo } from './ports.ts'

/** Whose members may do everything, whatever roles say. */
export const MASTERS = 'system:masters'
/** The rules of cluster-admin. */
export const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

const KINDS: readonly Kind[] = [clusterRoleKind, clusterRoleBindingKind, roleKind, roleBindingKind]
// Users that are no longer there are not told from others: now and then all are forgotten.
const MAXIMUM_KNOWN = 1_000

/** RBAC over the stored roles and bindings; members of system:masters may do everything. */
export class Rbac implements Authorizer {
  readonly #storage: Storage
  /** What holds for a user in a namespace, until a role or binding changes. */
  readonly #known = new Map<string, readonly PolicyRule[]>()
  /** True once changes are heard of, before the write that made them is answered. */
  #isWatching = false

  constructor(storage: Storage, closing: AbortSignal) {
    this.#storage = storage
    const afterRevision = storage.revision
    for (const kind of KINDS) {
      onAbort(
        closing,
        storage.watch(kind, { afterRevision }, () => this.#known.clear()),
      )
    }
    // A watch starts in the turn after this one.
    setImmediate(() => (this.#isWatching = true))
    onAbort(closing, () => (this.#isWatching = false))
  }

  authorize(attributes: RequestAttributes): 'allow' | 'no-opinion' {
    const { user, namespace, path } = attributes
    const rules = this.rulesFor(user, path === undefined ? namespace : '')
    return rules.some((rule) => allows(rule, attributes)) ? 'allow' : 'no-opinion'
  }

  /** All rules that hold for a user: cluster-wide ones, and those of one namespace. */
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[] {
    if (user.groups.includes(MASTERS)) return everything
    if (!this.#isWatching) return [...this.#rules(user, namespace)]
    const key = JSON.stringify([namespace, user.username, user.groups])
    let rules = this.#known.get(key)
    if (!rules) {
      rules = [...this.#rules(user, namespace)]
      if (this.#known.size >= MAXIMUM_KNOWN) this.#known.clear()
      this.#known.set(key, rules)
    }
    return rules
  }

  *#rules(user: UserInfo, namespace: string): Generator<PolicyRule> {
    for (const binding of this.#all(clusterRoleBindingKind)) {
      if (includesUser(binding.subjects, user, '')) yield* this.#clusterRole(binding.roleRef.name)
    }
    if (!namespace) return
    for (const binding of this.#all(roleBindingKind, namespace)) {
      if (includesUser(binding.subjects, user, namespace)) yield* this.#role(binding.roleRef, namespace)
    }
  }

  /** The rules that a binding in `namespace` (empty for everywhere) grants; undefined when there is no such role. */
  rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    if (kind !== 'ClusterRole') {
      const role = this.#storage.get(roleKind, { namespace, name })
      return role && (role.rules ?? [])
    }
    return this.#storage.get(clusterRoleKind, { name }) && this.#clusterRole(name)
  }

  #role(reference: RoleRef, namespace: string): readonly PolicyRule[] {
    return this.rulesOf(reference, namespace) ?? []
  }

  // Aggregated roles are put together when asked: what is new counts before the controller has written the sum.
  #clusterRole(name: string): readonly PolicyRule[] {
    const role = this.#storage.get(clusterRoleKind, { name })
    const selectors = role?.aggregationRule?.clusterRoleSelectors
    if (!role || !selectors) return role?.rules ?? []
    const others = this.#all(clusterRoleKind).filter(
      (other) =>
        other.metadata.name !== name &&
        selectors.some((selector) => matchesLabelSelector(selector, other.metadata.labels)),
    )
    return [...(role.rules ?? []), ...others.flatMap((other) => other.rules ?? [])]
  }

  #all<T extends KubernetesObject>(kind: Kind<T>, namespace?: string): readonly T[] {
    return this.#storage.list(kind, namespace ? { namespace } : {}).items
  }
}

function includesUser(subjects: readonly Subject[] | undefined, user: UserInfo, namespace: string): boolean {
  return (subjects ?? []).some((subject) => {
    if (subject.kind === 'User') return subject.name === '*' || subject.name === user.username
    if (subject.kind === 'Group') return user.groups.includes(subject.name)
    return user.username === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`
  })
}

/** True when one rule allows a request. */
export function allows(rule: PolicyRule, attributes: RequestAttributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false
  const { path, group, resource, subresource, name } = attributes
  if (path !== undefined) return (rule.nonResourceURLs ?? []).some((pattern) => matchesPath(pattern, path))
  if (!has(rule.apiGroups, group)) return false
  const full = subresource ? `${resource}/${subresource}` : resource
  const resources = rule.resources ?? []
  const isResource = has(resources, full) || (subresource !== '' && resources.includes(`*/${subresource}`))
  if (!isResource) return false
  return !rule.resourceNames?.length || (name !== '' && rule.resourceNames.includes(name))
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value))
}

function matchesPath(pattern: string, path: string): boolean {
  if (pattern === '*') return true
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path
}
