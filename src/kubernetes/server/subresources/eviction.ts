// Owns pods/eviction: a delete that budgets could refuse; there are no budgets here, so none does.
import type { Eviction } from '../../../../generated/kubernetes.d.ts'
import type { ObjectKey } from '../../client/client.ts'
import type { WriteContext } from '../../registry/parts.ts'
import type { Registry } from '../../registry/registry.ts'
import { podKind } from '../../resources/pod.ts'
import { decodeAs } from '../body.ts'
import { readDeleteOptions } from '../request-options.ts'

/** Evicts a pod. @returns the Status that answers it. */
export async function evictPod(
  { registry }: { registry: Registry },
  { key, body, context }: { readonly key: ObjectKey; readonly body: unknown; readonly context: WriteContext },
): Promise<object> {
  const { deleteOptions = {} } = decodeAs<Eviction>('policy/v1.Eviction', body)
  const { options, dryRun } = readDeleteOptions(deleteOptions)
  await registry.delete(podKind, key, { ...context, dryRun: context.dryRun || dryRun, options })
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
}
