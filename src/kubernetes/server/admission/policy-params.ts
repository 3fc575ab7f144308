// Owns which objects a binding gives its policy as parameters.
// Source: apiserver pkg/admission/plugin/policy/generic/policy_dispatcher.go (CollectParams).
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../../../generated/kubernetes.d.ts'
import { groupVersionOf } from '../../../rules/kubernetes/resource-names.ts'
import { matchesLabelSelector } from '../../../rules/scheduling/label-selector.ts'
import { CelError } from '../../cel/errors.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { Storage } from '../../registry/storage.ts'
import type { Kind } from '../../resources/kind.ts'
import type { KindTable } from '../../resources/kind-table.ts'

export interface ParamQuestion {
  readonly policy: ValidatingAdmissionPolicy
  readonly binding: ValidatingAdmissionPolicyBinding
  /** Of the request. */
  readonly namespace: string
}

/**
 * The parameters to evaluate the policy with, each for itself; null for a policy without any.
 * @throws CelError what is wrong with the binding, or that there are none where there must be.
 */
export function paramsOf(
  { storage, kinds }: { readonly storage: Storage; readonly kinds: KindTable },
  { policy, binding, namespace }: ParamQuestion,
): readonly (KubernetesObject | null)[] {
  const { paramKind } = policy.spec
  const { paramRef } = binding.spec
  if (!paramKind || !paramRef) return [null]
  const { apiVersion = '', kind: name = '' } = paramKind
  const kind = kinds.all.find(
    ({ resource }) => resource.kind === name && groupVersionOf(resource) === apiVersion,
  )
  if (!kind) throw new CelError(`paramKind kind \`${apiVersion}, Kind=${name}\` not known`)
  const found = find(storage, kind, { ...paramRef, place: placeOf(kind, paramRef.namespace, namespace) })
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
    throw new CelError('no params found for policy binding with `Deny` parameterNotFoundAction')
  }
  return found
}

function placeOf(kind: Kind, given: string | undefined, namespace: string): { readonly namespace?: string } {
  if (!kind.resource.namespaced) {
    if (!given) return {}
    throw new CelError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  }
  if (given) return { namespace: given }
  if (namespace !== '') return { namespace }
  throw new CelError('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
}

type Reference = NonNullable<ValidatingAdmissionPolicyBinding['spec']['paramRef']> & {
  readonly place: { readonly namespace?: string }
}

function find(storage: Storage, kind: Kind, { name, selector, place }: Reference): KubernetesObject[] {
  if (name) {
    const object = storage.get(kind, { ...place, name })
    return object ? [object] : []
  }
  return storage
    .list(kind, place)
    .items.filter(({ metadata }) => matchesLabelSelector(selector, metadata.labels))
}
