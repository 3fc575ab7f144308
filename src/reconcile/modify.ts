// Owns read-change-write loops over a client: changes that must not be lost to another writer.
import { isConflict } from '../base/errors.ts'
import { deepCopy } from '../base/json.ts'
import type { KubernetesClient, KubernetesObject, ObjectKey, Resource } from '../kubernetes/client/client.ts'

export interface Modification<T extends KubernetesObject> {
  readonly resource: Resource<T>
  readonly key: ObjectKey
  /** Gets a copy that it may change in place. @returns what to write, or undefined to leave the object as it is. */
  readonly change: (object: T) => T | undefined
}

/**
 * Reads, changes and writes an object until nobody interferes.
 * @returns the object as it is then
 * @throws StatusError of the client, Conflict excepted
 */
export function modify<T extends KubernetesObject>(
  client: KubernetesClient,
  modification: Modification<T>,
): Promise<T> {
  return loop(client, modification, (object) => client.update(modification.resource, object))
}

/** The same for the status subresource. */
export function modifyStatus<T extends KubernetesObject>(
  client: KubernetesClient,
  modification: Modification<T>,
): Promise<T> {
  return loop(client, modification, (object) => client.updateStatus(modification.resource, object))
}

async function loop<T extends KubernetesObject>(
  client: KubernetesClient,
  { resource, key, change }: Modification<T>,
  write: (object: T) => Promise<T>,
): Promise<T> {
  for (;;) {
    const current = await client.get(resource, key)
    const next = change(deepCopy(current))
    if (next === undefined) return current
    try {
      return await write(next)
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}
