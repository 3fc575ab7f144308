// Owns the choice of objects by the label and field selectors of a request.
import { StatusError } from '../../base/errors.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { publishedKind } from '../resources/published-kinds.ts'
import { parseFieldSelector, parseLabelSelector } from '../resources/selector.ts'
import { matchesRequirements, type Requirement } from '../../rules/scheduling/label-selector.ts'
import { groupVersionOf } from '../../rules/kubernetes/resource-names.ts'

/** True for objects that a request asks for. */
export type Selection = (object: KubernetesObject) => boolean

const everything: Selection = () => true

/**
 * The predicate of a request's selectors.
 * @throws StatusError BadRequest for text that is no selector, and for fields that the kind doesn't offer.
 */
export function selectionOf(
  kind: Kind,
  {
    labelSelector,
    fieldSelector,
  }: { labelSelector?: string | undefined; fieldSelector?: string | undefined },
): Selection {
  if (!labelSelector && !fieldSelector) return everything
  const labels = labelSelector ? parseLabelSelector(labelSelector) : []
  const fields = fieldSelector ? parseFieldSelector(fieldSelector) : []
  for (const { key } of fields) requireField(kind, key)
  return (object) =>
    matchesRequirements(labels, object.metadata.labels) && matchesFields(kind, object, fields)
}

function matchesFields(kind: Kind, object: KubernetesObject, fields: readonly Requirement[]): boolean {
  if (fields.length === 0) return true
  return matchesRequirements(fields, {
    'metadata.name': object.metadata.name,
    'metadata.namespace': object.metadata.namespace ?? '',
    ...kind.fields?.(object),
  })
}

// What an empty object offers is what the kind offers: `fields` always returns the same names.
function requireField(kind: Kind, field: string): void {
  if (field === 'metadata.name' || (field === 'metadata.namespace' && hasNamespaceField(kind))) return
  const probe = { metadata: {}, spec: {}, status: {}, involvedObject: {} }
  // The accessors read only what the probe has.
  const known = Object.keys(kind.fields?.(probe as unknown as KubernetesObject) ?? {})
  if (known.includes(field)) return
  const detail =
    known.length > 0
      ? `field label not supported: ${field}`
      : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
  throw new StatusError('BadRequest', detail)
}

// Node, Namespace and CertificateSigningRequest convert field labels themselves and leave this one out; every other
// kind takes it, those without a namespace too.
function hasNamespaceField(kind: Kind): boolean {
  return publishedKind(kind.resource)?.fields?.includes('metadata.namespace') ?? true
}

/** `apps/v1`, `Deployment`: how every object of a kind names itself. */
export function typeMetaOf(kind: Kind): { apiVersion: string; kind: string } {
  return { apiVersion: groupVersionOf(kind.resource), kind: kind.resource.kind }
}
