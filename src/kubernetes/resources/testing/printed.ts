// Owns what kubectl prints of an object: the cells of its kind's Table by the names of the columns.
import type { KubernetesObject } from '../../client/client.ts'
import { builtinKinds } from '../index.ts'

const NOW = Date.parse('2026-01-01T00:05:00Z')
const metadata = {
  name: 'x',
  namespace: 'd',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
}

/** The cells of an object that was made five minutes ago; `over` is everything but its metadata, or more of that. */
export function printed(plural: string, over: { readonly metadata?: object }): Record<string, unknown> {
  const kind = builtinKinds.find(({ resource }) => resource.plural === plural)
  const object = { ...over, metadata: { ...metadata, ...over.metadata } } as unknown as KubernetesObject
  return Object.fromEntries((kind?.columns ?? []).map((column) => [column.name, column.cell(object, NOW)]))
}
