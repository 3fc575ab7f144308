// Owns the view of an informer that shows a part of its objects: those that a controller is responsible for.
import type { KubernetesObject } from '../kubernetes/client/client.ts'
import { type Informer, keyOf } from './controller.ts'

/** The same live copy, without the objects that are not `ours`; one that becomes ours appears, one that ceases to be goes. */
export function filteredInformer<T extends KubernetesObject>(
  informer: Informer<T>,
  ours: (object: T) => boolean,
): Informer<T> {
  const only = (object: T | undefined): T | undefined => (object && ours(object) ? object : undefined)
  return {
    get: (key) => only(informer.get(key)),
    list: (namespace) => informer.list(namespace).filter(ours),
    byIndex: (index, value) => informer.byIndex(index, value).filter(ours),
    addIndex: (index, valuesOf) => informer.addIndex(index, valuesOf),
    source: (keysOf = (object) => [keyOf(object)]) =>
      informer.source((object) => (ours(object) ? keysOf(object) : [])),
    onChange: (handler) =>
      informer.onChange((change) => {
        const before = only(change.before)
        const after = only(change.after)
        if (before || after) handler({ ...(before && { before }), ...(after && { after }) })
      }),
    get synced() {
      return informer.synced
    },
  }
}
