// Owns pods/eviction: a delete that budgets could refuse; there are no budgets here, so none does.
import type { ObjectKey } from '../../client/client.ts'
import type { WriteContext } from '../../registry/parts.ts'
import type { Registry } from '../../registry/registry.ts'
import type { Kind } from '../../resources/kind.ts'
import { podKind } from '../../resources/pod.ts'
import { isObject } from '../../../base/json.ts'
import type { DeleteOptions } from '../../client/client.ts'

/** Evicts a pod. @returns the Status that answers it. */
export async function evictPod(
  { registry }: { registry: Registry },
  key: ObjectKey,
  body: unknown,
  context: WriteContext,
): Promise<object> {
  // The options were sent as DeleteOptions; what is not one of them is not looked at.
  const options = (
    isObject(body) && isObject(body['deleteOptions']) ? body['deleteOptions'] : {}
  ) as DeleteOptions
  await registry.delete(podKind as Kind, key, { ...context, options })
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
}
