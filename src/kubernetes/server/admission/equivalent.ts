// Owns an object seen as one of an equivalent kind: another version of it, or a view in another group.
import { groupVersionOf } from '../../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { Kind } from '../../resources/kind.ts'
import { whenConverted } from '../../resources/unconverted.ts'

/** The object in the form of `to`. Rejects with the StatusError of a conversion webhook that fails. */
export async function convert(object: KubernetesObject, from: Kind, to: Kind): Promise<KubernetesObject> {
  const stored = from.storedAs ? await from.storedAs.encode(object) : object
  const seen = await whenConverted(() => to.storedAs?.decode(stored) ?? stored)
  return { ...seen, apiVersion: groupVersionOf(to.resource), kind: to.resource.kind }
}
