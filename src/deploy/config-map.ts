// Owns changing a ConfigMap that others write to as well.
import { isAlreadyExists, isConflict } from '../base/errors.ts'
import { deepEqual } from '../base/json.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { configMaps } from '../kubernetes/client/resources.ts'
import { find } from './apply.ts'
import type { StepResult } from './progress.ts'

type Data = Readonly<Record<string, string>>

/**
 * Makes the data what `next` says of those of now, again when somebody else wrote in between.
 * @param next of no data where there is no such ConfigMap
 */
export async function changeConfigMap(
  kubernetes: KubernetesClient,
  key: { readonly namespace: string; readonly name: string },
  next: (data: Data) => Data,
): Promise<StepResult> {
  for (;;) {
    const present = await find(kubernetes, configMaps, key)
    const before = present?.data ?? {}
    const data = next(before)
    if (deepEqual(data, before)) return { outcome: 'unchanged' }
    try {
      if (present) await kubernetes.update(configMaps, { ...present, data })
      else await kubernetes.create(configMaps, { metadata: key, data })
      return { outcome: present ? 'updated' : 'created' }
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) throw error
    }
  }
}
