// Owns the answer of an admission plugin that refuses a write.
import { StatusError } from '../../../base/errors.ts'
import { qualifiedResource } from '../../../rules/kubernetes/resource-names.ts'
import type { AdmissionRequest } from '../../registry/admission.ts'

/** Forbidden, in the words of apiserver pkg/admission/errors.go (NewForbidden). */
export function forbiddenBy(
  { group, resource, name }: Pick<AdmissionRequest, 'group' | 'resource' | 'name'>,
  why: string,
): StatusError {
  const qualified = qualifiedResource({ plural: resource, group })
  return new StatusError('Forbidden', `${qualified} ${JSON.stringify(name)} is forbidden: ${why}`, {
    name,
    ...(group ? { group } : {}),
    kind: resource,
  })
}
