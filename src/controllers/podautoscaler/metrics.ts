// Owns reading what pods use from metrics.k8s.io, and what is said where metrics are not to be had.
// Source: kubernetes pkg/controller/podautoscaler/metrics/client.go.
import { messageOf, StatusError } from '../../base/errors.ts'
import { parseGoDuration } from '../../base/go-duration.ts'
import { milliCores } from '../../base/quantity.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { UsageError, type PodUsage } from './usage.ts'

interface PodMetrics extends KubernetesObject {
  readonly timestamp: string
  readonly window: string
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[]
}

const podMetrics: Resource<PodMetrics> = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  plural: 'pods',
  kind: 'PodMetrics',
  namespaced: true,
}

/**
 * What the selected pods use of a resource, by name: all containers together, or one.
 * @throws UsageError
 */
export async function readUsage(
  client: KubernetesClient,
  { namespace, selector, resource, container }: UsageRequest,
): Promise<Map<string, PodUsage>> {
  const { items } = await client
    .list(podMetrics, { namespace, labelSelector: selector })
    .catch((error: unknown) => {
      throw new UsageError(`unable to fetch metrics from resource metrics API: ${listFailure(error)}`)
    })
  if (items.length === 0) throw new UsageError('no metrics returned from resource metrics API')
  const usage = new Map<string, PodUsage>()
  for (const { metadata, timestamp, window, containers } of items) {
    const counted = containers.filter(({ name }) => container === undefined || container === name)
    const amounts = counted.map((each) => each.usage[resource])
    if (counted.length === 0 || amounts.includes(undefined)) continue
    const milli = amounts.reduce((sum, amount) => sum + milliCores(amount), 0)
    usage.set(metadata.name, { milli, atMs: Date.parse(timestamp), windowMs: parseGoDuration(window) ?? 0 })
  }
  return usage
}

export interface UsageRequest {
  readonly namespace: string
  /** In text form. */
  readonly selector: string
  readonly resource: string
  readonly container?: string
}

// client-go says what it was about where the server did not.
function listFailure(error: unknown): string {
  const isGeneric = error instanceof StatusError && (error.code === 404 || error.code === 503)
  return isGeneric ? `${genericText(error.code)} (get pods.metrics.k8s.io)` : messageOf(error)
}

function genericText(code: number): string {
  return code === 404
    ? 'the server could not find the requested resource'
    : 'the server is currently unable to handle the request'
}

/** What the client of custom metrics says where no adapter serves them. */
export const NO_CUSTOM_METRICS =
  'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered'

/** What the client of external metrics says where no adapter serves them. */
export function noExternalMetric(name: string): string {
  return `unable to fetch metrics from external metrics API: ${genericText(404)} (get ${name}.external.metrics.k8s.io)`
}
