// Owns the record of who set which field on ordinary writes.
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { Kind } from '../resources/kind.ts'
import { ListKeyError } from '../schema/field-set.ts'
import { trackUpdate } from '../schema/managed-fields.ts'

/**
 * The object with `metadata.managedFields` brought up to date for this write. An object whose fields cannot be
 * told apart (a container without a name) loses its record: the failure is logged and never the answer, validation
 * says what is wrong with the object. Source: apimachinery pkg/util/managedfields, FieldManager.UpdateNoErrors.
 */
export function recordWrite(
  kind: Kind,
  write: {
    readonly next: KubernetesObject
    readonly current: KubernetesObject | undefined
    readonly clock: Clock
    readonly log: Log
    readonly context: { readonly fieldManager: string; readonly subresource?: string | undefined }
  },
): KubernetesObject {
  const { next, current, clock, log, context } = write
  const { managedFields: _m, ...metadata } = next.metadata
  try {
    const managedFields = trackUpdate({
      schema: kind.schema,
      before: current,
      after: next,
      manager: context.fieldManager,
      now: clock.now(),
      ...(context.subresource ? { subresource: context.subresource } : {}),
    })
    return { ...next, metadata: managedFields.length > 0 ? { ...metadata, managedFields } : metadata }
  } catch (error) {
    if (!(error instanceof ListKeyError)) throw error
    log.debug('managed fields not tracked', { kind: kind.resource.kind, name: metadata.name, error })
    return { ...next, metadata }
  }
}
