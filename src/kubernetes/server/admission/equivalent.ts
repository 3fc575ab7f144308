// Owns an object seen as one of an equivalent kind: another version of it, or a view in another group.
import { groupVersionOf } from '../../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { Kind } from '../../resources/kind.ts'

/** The object in the form of `to`. */
export function convert(object: KubernetesObject, from: Kind, to: Kind): KubernetesObject {
  const stored = from.storedAs?.encode(object) ?? object
  const seen = to.storedAs?.decode(stored) ?? stored
  return { ...seen, apiVersion: groupVersionOf(to.resource), kind: to.resource.kind }
}
