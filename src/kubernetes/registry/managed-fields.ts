// Owns the record of who set which field on ordinary writes.
import type { Clock } from '../../base/clock.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { trackUpdate } from '../schema/managed-fields.ts'

/** The object with `metadata.managedFields` brought up to date for this write. */
export function recordWrite(
  kind: Kind,
  write: {
    readonly next: KubernetesObject
    readonly current: KubernetesObject | undefined
    readonly clock: Clock
    readonly context: { readonly fieldManager: string; readonly subresource?: string | undefined }
  },
): KubernetesObject {
  const { next, current, clock, context } = write
  const managedFields = trackUpdate({
    type: kind.type,
    before: current,
    after: next,
    manager: context.fieldManager,
    now: clock.now(),
    ...(context.subresource ? { subresource: context.subresource } : {}),
  })
  return { ...next, metadata: { ...next.metadata, managedFields } }
}
