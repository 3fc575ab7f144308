// Owns listing objects of a kind that the API may not know.
import { isNotFound } from '../../base/errors.ts'
import type { KubernetesClient, KubernetesObject, Resource } from './client.ts'

/** The objects of a custom kind; none where its definition is not installed. */
export async function listServed<T extends KubernetesObject>(
  client: KubernetesClient,
  resource: Resource<T>,
  options: Parameters<KubernetesClient['list']>[1] = {},
): Promise<readonly T[]> {
  try {
    return (await client.list(resource, options)).items
  } catch (error) {
    if (isNotFound(error)) return []
    throw error
  }
}
