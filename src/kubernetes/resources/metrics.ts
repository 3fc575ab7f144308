// Owns the kinds of metrics.k8s.io: readings of what pods and nodes use, which a metrics server computes and nobody
// stores. Source: k8s.io/metrics pkg/apis/metrics/v1beta1; columns of kubernetes-sigs/metrics-server pkg/api.
import type { KubernetesObject, Resource } from '../client/client.ts'
import { nameColumn } from './columns.ts'
import { defineKind, type Kind } from './kind.ts'

/** Quantities by resource: `cpu` as `1500000n`, `memory` as `2048Ki`. */
export type Usage = Readonly<Record<'cpu' | 'memory', string>>

interface Reading extends KubernetesObject {
  /** RFC 3339, the end of the window. */
  readonly timestamp: string
  /** Length of the window as Go prints it: `15s`. */
  readonly window: string
}

export interface PodMetrics extends Reading {
  readonly containers: readonly { readonly name: string; readonly usage: Usage }[]
}

export interface NodeMetrics extends Reading {
  readonly usage: Usage
}

/** Where the readings come from; asked at each request. */
export interface MetricsSource {
  pods(): readonly PodMetrics[]
  nodes(): readonly NodeMetrics[]
}

const group = { group: 'metrics.k8s.io', version: 'v1beta1' }
const podMetrics: Resource<PodMetrics> = { ...group, plural: 'pods', kind: 'PodMetrics', namespaced: true }
const nodeMetrics: Resource<NodeMetrics> = {
  ...group,
  plural: 'nodes',
  kind: 'NodeMetrics',
  namespaced: false,
}
const readOnly = { singular: '', verbs: ['get', 'list'] } as const

/** The kinds of one metrics server. */
export function metricsKinds(source: MetricsSource): readonly Kind[] {
  return [
    defineKind<PodMetrics>({
      ...readOnly,
      resource: podMetrics,
      type: 'metrics/v1beta1.PodMetrics',
      computed: () => source.pods(),
      columns: [
        nameColumn,
        { name: 'CPU', type: 'string', cell: ({ containers }) => totalUsage(containers, 'cpu') },
        { name: 'Memory', type: 'string', cell: ({ containers }) => totalUsage(containers, 'memory') },
        { name: 'Window', type: 'string', cell: ({ window }) => window },
      ],
    }) as Kind,
    defineKind<NodeMetrics>({
      ...readOnly,
      resource: nodeMetrics,
      type: 'metrics/v1beta1.NodeMetrics',
      computed: () => source.nodes(),
      columns: [
        nameColumn,
        { name: 'CPU', type: 'string', cell: ({ usage }) => usage.cpu },
        { name: 'Memory', type: 'string', cell: ({ usage }) => usage.memory },
        { name: 'Window', type: 'string', cell: ({ window }) => window },
      ],
    }) as Kind,
  ]
}

/** What several containers use together, as a quantity. */
export function totalUsage(
  containers: readonly { readonly usage: Usage }[],
  resource: 'cpu' | 'memory',
): string {
  const sum = containers.reduce((amount, { usage }) => amount + Number.parseInt(usage[resource], 10), 0)
  return usageText(resource, sum)
}

/** A usage as a quantity: CPU in nanocores, memory in kibibytes. */
export function usageText(resource: 'cpu' | 'memory', amount: number): string {
  if (amount === 0) return '0'
  return resource === 'cpu' ? `${amount}n` : `${amount}Ki`
}
