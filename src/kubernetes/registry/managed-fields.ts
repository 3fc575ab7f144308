// Owns the record of who set which field on ordinary writes.
import type { Clock } from '../../base/clock.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'

/** The object with `metadata.managedFields` brought up to date for this write. */
export function recordWrite(
  _kind: Kind,
  write: {
    readonly next: KubernetesObject
    readonly current: KubernetesObject | undefined
    readonly clock: Clock
    readonly context: { readonly fieldManager: string; readonly subresource?: string | undefined }
  },
): KubernetesObject {
  return write.next
}
