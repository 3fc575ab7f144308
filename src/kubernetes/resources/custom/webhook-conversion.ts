// Owns how objects of a custom kind come to and from the version that they are stored at by the webhook of their definition.
// Source: apiextensions-apiserver pkg/apiserver/customresource_handler.go (schemaCoercingConverter).
import { groupVersionOf } from '../../../rules/kubernetes/resource-names.ts'
import type { KubernetesObject } from '../../client/client.ts'
import type { StoredAs } from '../kind.ts'
import { Unconverted } from '../unconverted.ts'
import { fillDefaults } from './defaulting.ts'
import { schemaOfVersion, type Definition, type Version } from './json-schema.ts'
import { prune } from './pruning.ts'

/**
 * Objects, all of another version, as the webhook of their definition has them at `apiVersion`, in the same order.
 * Rejects with the StatusError of a webhook that fails.
 */
export type ConvertObjects = (
  definition: Definition,
  objects: readonly KubernetesObject[],
  apiVersion: string,
) => Promise<readonly KubernetesObject[]>

interface Versions {
  readonly definition: Definition
  readonly version: Version
  readonly storage: Version
}

/** The way to the store and back; `decode` throws Unconverted for what the webhook was not asked about yet. */
export function webhookConversion(
  { definition, version, storage }: Versions,
  convert: ConvertObjects,
): Omit<StoredAs<KubernetesObject>, 'resource'> {
  const { group } = definition.spec
  const apiVersion = groupVersionOf({ group, version: version.name })
  const storedVersion = groupVersionOf({ group, version: storage.name })
  // As long as the store keeps what was read, what became of it is kept too.
  const ready = new WeakMap<KubernetesObject, KubernetesObject>()
  const underWay = new WeakMap<KubernetesObject, Promise<void>>()
  const ask = async (objects: readonly KubernetesObject[]): Promise<void> => {
    const converted = await convert(definition, objects, apiVersion)
    objects.forEach((object, index) => {
      const [found] = converted.slice(index)
      if (found) ready.set(object, completed(version, pruned(version, found)))
    })
  }
  const askOnce = async (objects: readonly KubernetesObject[]): Promise<void> => {
    const added = objects.filter((object) => !underWay.has(object))
    if (added.length > 0) {
      const asked = ask(added)
      for (const object of added) underWay.set(object, asked)
      const forget = (): void => added.forEach((object) => underWay.delete(object))
      asked.then(forget, forget)
    }
    await Promise.all(objects.flatMap((object) => underWay.get(object) ?? []))
  }
  const requireConverted = (stored: readonly KubernetesObject[]): void => {
    const missing = stored.filter((object) => object.apiVersion !== apiVersion && !ready.has(object))
    const [first] = missing
    if (first) throw new Unconverted(first, () => askOnce(missing))
  }
  return {
    async encode(object) {
      if (object.apiVersion === storedVersion) return object
      const [converted = object] = await convert(definition, [object], storedVersion)
      return pruned(storage, converted)
    },
    decode(stored) {
      requireConverted([stored])
      const known = ready.get(stored)
      if (known) return known
      const made = completed(version, stored)
      ready.set(stored, made)
      return made
    },
    requireConverted,
  }
}

function pruned(version: Version, object: KubernetesObject): KubernetesObject {
  // Nothing of what makes an object is dropped.
  return prune(schemaOfVersion(version), object, true).value as KubernetesObject
}

function completed(version: Version, object: KubernetesObject): KubernetesObject {
  const made = structuredClone(object)
  fillDefaults(schemaOfVersion(version), made)
  return made
}
