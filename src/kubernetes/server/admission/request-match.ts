// Owns which requests a webhook or policy is for: rules, namespaces, labels.
// Source: apiserver pkg/admission/plugin/webhook/predicates, pkg/admission/plugin/policy/matching/matching.go.
import type { LabelSelector, RuleWithOperations } from '../../../../generated/kubernetes.d.ts'
import { matchesLabelSelector } from '../../../rules/scheduling/label-selector.ts'
import type { AdmissionRequest } from '../../registry/admission.ts'
import { readObject } from '../../registry/read.ts'
import type { Storage } from '../../registry/storage.ts'
import { namespaceKind } from '../../resources/namespace.ts'

/** What a rule looks at. */
export type RuleSubject = Pick<
  AdmissionRequest,
  'operation' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace'
>

/** True when a rule is for a request. */
export function matchesRule(rule: RuleWithOperations, subject: RuleSubject): boolean {
  return (
    matchesScope(rule.scope, subject) &&
    includes(rule.operations, subject.operation) &&
    includes(rule.apiGroups, subject.group) &&
    includes(rule.apiVersions, subject.version) &&
    matchesResource(rule.resources ?? [], subject)
  )
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return (list ?? []).some((item) => item === '*' || item === value)
}

// The namespace of a Namespace object is itself; it is cluster-scoped all the same.
function matchesScope(scope: RuleWithOperations['scope'], subject: RuleSubject): boolean {
  if (scope === undefined || scope === '*') return true
  const isNamespaced = subject.namespace !== '' && !isNamespaceObject(subject)
  return (scope === 'Namespaced') === isNamespaced
}

function matchesResource(resources: readonly string[], { resource, subresource }: RuleSubject): boolean {
  return resources.some((each) => {
    const [name = '', ...rest] = each.split('/')
    const sub = rest.join('/')
    return (name === '*' || name === resource) && (sub === '*' || sub === subresource)
  })
}

function isNamespaceObject({ group, resource }: Pick<RuleSubject, 'group' | 'resource'>): boolean {
  return group === '' && resource === 'namespaces'
}

/**
 * True when the namespace of a request has the labels; what is in no namespace is never left out.
 * @throws StatusError NotFound when the namespace is not there.
 */
export function matchesNamespace(
  storage: Storage,
  selector: LabelSelector | undefined,
  request: AdmissionRequest,
): boolean {
  const isNamespace = isNamespaceObject(request)
  if ((request.namespace === '' && !isNamespace) || isEmpty(selector)) return true
  const isWritten =
    isNamespace && request.subresource === '' && ['CREATE', 'UPDATE'].includes(request.operation)
  const { metadata } =
    (isWritten && request.object) || readObject(storage, namespaceKind, { name: namespaceOf(request) })
  return matchesLabelSelector(selector, metadata.labels)
}

function namespaceOf({ namespace, name }: AdmissionRequest): string {
  return namespace || name
}

/** True when the object of a request, or the one before it, has the labels. */
export function matchesObject(selector: LabelSelector | undefined, request: AdmissionRequest): boolean {
  if (isEmpty(selector)) return true
  return [request.object, request.oldObject].some(
    (object) => object !== null && matchesLabelSelector(selector, object.metadata?.labels),
  )
}

function isEmpty(selector: LabelSelector | undefined): boolean {
  if (!selector) return true
  return Object.keys(selector.matchLabels ?? {}).length === 0 && !selector.matchExpressions?.length
}

/** What webhooks and policies never see: their own configuration, which they could lock. */
export function isExempt({ group }: Pick<AdmissionRequest, 'group'>): boolean {
  return group === 'admissionregistration.k8s.io'
}
