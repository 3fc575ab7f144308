// Owns a request as a step of admission gets it, for tests of steps.
import type { KubernetesObject, Resource } from '../../client/client.ts'
import type { AdmissionRequest } from '../admission.ts'

/** The creation of an object by somebody without groups, or what `more` makes of it. */
export function admissionRequest<T extends KubernetesObject>(
  resource: Resource<T>,
  object: T | null,
  more: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  const { group, version, kind, plural } = resource
  return {
    operation: 'CREATE',
    group,
    version,
    kind,
    resource: plural,
    subresource: '',
    namespace: object?.metadata.namespace ?? '',
    name: object?.metadata.name ?? '',
    user: { username: 'someone', groups: [] },
    dryRun: false,
    options: {},
    object,
    oldObject: null,
    warn: () => undefined,
    ...more,
  }
}
