// Owns how a webhook or policy sees a request that its rules are for: as it came, or as an equivalent resource.
// Source: apiserver pkg/admission/plugin/webhook/generic/webhook.go (ShouldCallHook).
import type { RuleWithOperations } from '../../../../generated/kubernetes.d.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { AdmissionRequest } from '../../registry/admission.ts'
import type { Kind } from '../../resources/kind.ts'
import type { KindTable } from '../../resources/kind-table.ts'
import { convert } from './equivalent.ts'
import { matchesRule } from './request-match.ts'
import type { ReviewedAs } from './webhook-review.ts'

/** A rule, for objects of these names alone where it has any. */
export type MatchRule = RuleWithOperations & { readonly resourceNames?: readonly string[] }

/** The request as the first rule that is for it sees it; undefined when there is none. */
export async function matchedAs(
  kinds: KindTable,
  request: AdmissionRequest,
  { rules, matchPolicy }: { readonly rules: readonly MatchRule[]; readonly matchPolicy: string | undefined },
): Promise<ReviewedAs | undefined> {
  const named = rules.filter(
    ({ resourceNames = [] }) => resourceNames.length === 0 || resourceNames.includes(request.name),
  )
  if (named.some((rule) => matchesRule(rule, request))) return asItCame(request)
  if (matchPolicy === 'Exact') return undefined
  const kind = kinds.find({ ...request, plural: request.resource })
  const others = kind ? kinds.equivalentsOf(kind) : []
  const equivalent = others.find(({ resource: { group, version, plural } }) =>
    named.some((rule) => matchesRule(rule, { ...request, group, version, resource: plural })),
  )
  return equivalent && seenAs(kinds, request, equivalent)
}

/** The request without any other view of it. */
export function asItCame(request: AdmissionRequest): ReviewedAs {
  const { group, version, resource, object, oldObject } = request
  const kind = request.objectKind ?? { group, version, kind: request.kind }
  return { resource: { group, version, resource }, kind, object, oldObject }
}

async function seenAs(kinds: KindTable, request: AdmissionRequest, to: Kind): Promise<ReviewedAs> {
  const { group, version, plural, kind } = to.resource
  const resource = { group, version, resource: plural }
  const { object, oldObject, objectKind } = request
  // A Scale or an Eviction is the same whatever it is of.
  if (objectKind) return { resource, kind: objectKind, object, oldObject }
  const from = kinds.find({ ...request, plural: request.resource })
  const converted = async (each: KubernetesObject | null): Promise<KubernetesObject | null> =>
    each && from ? await convert(each, from, to) : each
  return {
    resource,
    kind: { group, version, kind },
    object: await converted(object),
    oldObject: await converted(oldObject),
  }
}
