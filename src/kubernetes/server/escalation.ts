// Owns the rule that nobody grants what they do not hold: checks of roles and bindings before they are stored.
// Source: kubernetes pkg/registry/rbac/*/policybased, pkg/registry/rbac/validation/rule.go and policy_compact.go,
// k8s.io/component-helpers/auth/rbac/validation/policy_comparator.go.
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from '../../../generated/kubernetes.d.ts'
import { StatusError } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject } from '../client/client.ts'
import { admittedObject, replacedObject } from '../registry/admission.ts'
import {
  clusterRoleBindingKind,
  clusterRoleKind,
  RBAC_GROUP,
  roleBindingKind,
  roleKind,
} from '../resources/rbac.ts'
import { quoteGo } from '../schema/format-go.ts'
import type { Authorization } from './api.ts'
import { forbiddenResource } from './authorization.ts'
import type { AdmissionRequest, UserInfo } from './ports.ts'
import { everything, MASTERS, type Rbac } from './rbac.ts'

/** What the checks ask. */
export interface EscalationParts {
  readonly rbac: Pick<Rbac, 'rulesFor' | 'rulesOf'>
  readonly authorization: Pick<Authorization, 'decide'>
}

/**
 * Refuses a role with rules, or a binding to a role, that its writer does not hold and may not hand on (verbs
 * `escalate` and `bind`). To be asked after admission, as upstream asks.
 * @throws StatusError Forbidden; NotFound for a binding to a role that is not there.
 */
export function requireNoEscalation(parts: EscalationParts, request: AdmissionRequest): void {
  const { group, subresource, operation, object, oldObject, user } = request
  if (group !== RBAC_GROUP || subresource !== '' || !object) return
  if (operation !== 'CREATE' && operation !== 'UPDATE') return
  if (user.groups.includes(MASTERS) || isOnlyOwnership(object, oldObject)) return
  const role = admittedObject(request, roleKind)
  if (role) checkRole(parts, request, role)
  const clusterRole = admittedObject(request, clusterRoleKind)
  if (clusterRole) checkClusterRole(parts, request, clusterRole)
  const binding = admittedObject(request, roleBindingKind) ?? admittedObject(request, clusterRoleBindingKind)
  if (binding) checkBinding(parts, request, binding)
}

/** True for a change of nothing but what the garbage collector changes. */
function isOnlyOwnership(object: KubernetesObject, old: KubernetesObject | null): boolean {
  if (!old) return false
  const rest = ({ metadata, ...body }: KubernetesObject): unknown => {
    const { ownerReferences: _o, finalizers: _f, managedFields: _m, generation: _g, ...others } = metadata
    return { ...body, metadata: others }
  }
  return deepEqual(rest(object), rest(old))
}

function checkRole(parts: EscalationParts, request: AdmissionRequest, { rules }: Role): void {
  if (mayEscalate(parts, request)) return
  confirmHeld(parts, request, rules ?? [])
}

function checkClusterRole(parts: EscalationParts, request: AdmissionRequest, role: ClusterRole): void {
  if (mayEscalate(parts, request)) return
  confirmHeld(parts, request, role.rules ?? [])
  // What is gathered may be anything, now or later.
  const old = replacedObject(request, clusterRoleKind)
  if (!gathers(role) && !(old && gathers(old))) return
  if (missingRules(parts, request, everything).length > 0) {
    throw forbiddenResource(request, 'must have cluster-admin privileges to use the aggregationRule')
  }
}

function gathers({ aggregationRule }: ClusterRole): boolean {
  return (aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0
}

function checkBinding(
  parts: EscalationParts,
  request: AdmissionRequest,
  { roleRef }: RoleBinding | ClusterRoleBinding,
): void {
  const { user, namespace, group, resource } = request
  if (roleRef.kind !== 'ClusterRole' && roleRef.kind !== 'Role') {
    throw new StatusError('Unknown', `unsupported role reference kind: ${JSON.stringify(roleRef.kind)}`)
  }
  // Validation refuses a role without a name, and a Role for the whole cluster.
  if (!roleRef.name || (roleRef.kind === 'Role' && resource !== 'rolebindings')) return
  const { allowed } = parts.authorization.decide({
    user,
    verb: 'bind',
    group,
    resource: roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles',
    subresource: '',
    namespace,
    name: roleRef.name,
  })
  if (allowed) return
  const rules = parts.rbac.rulesOf(roleRef, namespace)
  if (!rules) {
    // Upstream names the resource of the request, not that of the role.
    const { name } = roleRef
    const message = `${qualifiedResource({ plural: resource, group })} ${JSON.stringify(name)} not found`
    throw new StatusError('NotFound', message, { name, group, kind: resource })
  }
  confirmHeld(parts, request, rules)
}

function mayEscalate({ authorization }: EscalationParts, request: AdmissionRequest): boolean {
  const { user, group, resource, namespace, name, operation } = request
  // A create has no name in its path, so that a rule for a name does not cover it.
  const named = operation === 'CREATE' ? '' : name
  const attributes = { user, verb: 'escalate', group, resource, subresource: '', namespace, name: named }
  return authorization.decide(attributes).allowed
}

function confirmHeld(parts: EscalationParts, request: AdmissionRequest, rules: readonly PolicyRule[]): void {
  const missing = missingRules(parts, request, rules)
  if (missing.length === 0) return
  const lines = [...new Set(compact(missing).map(printRule))].toSorted()
  throw forbiddenResource(
    request,
    `${printUser(request.user)} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`,
  )
}

function missingRules(
  { rbac }: EscalationParts,
  { user, namespace }: AdmissionRequest,
  rules: readonly PolicyRule[],
): PolicyRule[] {
  return uncovered(rbac.rulesFor(user, namespace), rules)
}

/** What of `wanted`, taken apart to single verbs and resources, no rule of `held` covers. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((piece) => !held.some((rule) => covers(rule, piece)))
}

function breakDown({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): PolicyRule[] {
  const pieces: PolicyRule[] = []
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const piece = { verbs: [verb], apiGroups: [group], resources: [resource] }
        if (resourceNames.length === 0) pieces.push(piece)
        for (const name of resourceNames) pieces.push({ ...piece, resourceNames: [name] })
      }
    }
  }
  for (const url of nonResourceURLs) {
    for (const verb of verbs) pieces.push({ verbs: [verb], nonResourceURLs: [url] })
  }
  return pieces
}

/** True when a rule allows all that a single piece does. */
function covers(rule: PolicyRule, piece: PolicyRule): boolean {
  return (
    includesAll(rule.verbs, piece.verbs) &&
    includesAll(rule.apiGroups ?? [], piece.apiGroups ?? []) &&
    (piece.resources ?? []).every((resource) => coversResource(rule.resources ?? [], resource)) &&
    coversNames(rule.resourceNames ?? [], piece.resourceNames ?? []) &&
    (piece.nonResourceURLs ?? []).every((url) =>
      (rule.nonResourceURLs ?? []).some((own) => coversUrl(own, url)),
    )
  )
}

function includesAll(held: readonly string[], wanted: readonly string[]): boolean {
  return held.includes('*') || wanted.every((item) => held.includes(item))
}

function coversResource(held: readonly string[], resource: string): boolean {
  if (held.includes('*') || held.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && held.includes(`*${resource.slice(slash)}`)
}

function coversNames(held: readonly string[], wanted: readonly string[]): boolean {
  if (held.length === 0) return true
  return wanted.length > 0 && wanted.every((name) => held.includes(name))
}

function coversUrl(own: string, url: string): boolean {
  return own === url || (own.endsWith('*') && url.startsWith(own.replace(/\*+$/, '')))
}

/** Pieces that differ in their verb alone as one rule, for messages. */
function compact(pieces: readonly PolicyRule[]): PolicyRule[] {
  const byObject = Map.groupBy(pieces, ({ verbs, nonResourceURLs, ...object }) =>
    nonResourceURLs ? JSON.stringify({ verbs, nonResourceURLs }) : JSON.stringify(object),
  )
  return [...byObject.values()].flatMap(([first, ...rest]) =>
    first ? [{ ...first, verbs: [...first.verbs, ...rest.flatMap(({ verbs }) => verbs)] }] : [],
  )
}

// pkg/apis/rbac/v1/evaluation_helpers.go CompactString.
function printRule({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = [
    ['APIGroups', apiGroups],
    ['Resources', resources],
    ['NonResourceURLs', nonResourceURLs],
    ['ResourceNames', resourceNames],
    ['Verbs', verbs],
  ] as const
  return `{${parts.flatMap(([name, values]) => (values?.length ? [`${name}:${quoteGo(values)}`] : [])).join(', ')}}`
}

function printUser({ username, groups }: UserInfo): string {
  return `user ${JSON.stringify(username)} (groups=${quoteGo(groups)})`
}
