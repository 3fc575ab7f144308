// Owns keeping the kinds that are served in line with the custom resource definitions that are stored.
import type { CustomResourceDefinition } from '../../../generated/kubernetes.d.ts'
import { deepEqual } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import type { Storage } from '../registry/storage.ts'
import { customResourceDefinitionKind } from '../resources/custom-resource-definition.ts'
import { customKinds } from '../resources/custom/custom-kind.ts'
import type { ConvertObjects } from '../resources/custom/webhook-conversion.ts'
import type { KindTable } from '../resources/kind-table.ts'
import { isConditionTrue } from '../../rules/kubernetes/conditions.ts'

interface Served {
  readonly definition: CustomResourceDefinition
  readonly remove: () => void
}

/**
 * Serves what is established now, and follows what changes: with the commit that says so a kind is there, or gone.
 * @returns a function that ends it.
 */
export function followDefinitions(parts: {
  readonly storage: Storage
  readonly kinds: KindTable
  readonly log: Log
  readonly convert: ConvertObjects
}): () => void {
  const { storage, kinds, log, convert } = parts
  const served = new Map<string, Served>()
  const put = (definition: CustomResourceDefinition): void => {
    const { name } = definition.metadata
    const before = served.get(name)
    if (!isEstablished(definition) || (before && isSameApi(before.definition, definition))) return
    try {
      const remove = kinds.add(...customKinds(definition, convert))
      // After the new ones are there: a version that stays is never absent.
      before?.remove()
      served.set(name, { definition, remove })
    } catch (error) {
      log.error('a custom resource definition cannot be served', { name, error })
    }
  }
  const list = storage.list(customResourceDefinitionKind)
  for (const definition of list.items) put(definition)
  return storage.watch(customResourceDefinitionKind, { afterRevision: list.revision }, (change) => {
    // Only definitions are stored under the kind.
    const definition = change.object as CustomResourceDefinition
    if (!change.deleted) return put(definition)
    served.get(definition.metadata.name)?.remove()
    served.delete(definition.metadata.name)
  })
}

function isEstablished({ status }: CustomResourceDefinition): boolean {
  return isConditionTrue(status?.conditions, 'Established')
}

function isSameApi(a: CustomResourceDefinition, b: CustomResourceDefinition): boolean {
  const isGoing = (one: CustomResourceDefinition): boolean => one.metadata.deletionTimestamp !== undefined
  return (
    isGoing(a) === isGoing(b) &&
    deepEqual(a.spec, b.spec) &&
    deepEqual(a.status?.acceptedNames, b.status?.acceptedNames)
  )
}
