// Owns what a cluster stack says of the parts of its control plane: API server, scheduler, controllers.
// Source: eksctl pkg/cfn/builder/cluster.go (makeKubeAPIServerConfig and the two beside it).
import { isObject } from '../../base/json.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Value } from './template.ts'

const PROPERTIES = {
  kubeAPIServerConfig: 'KubeApiServerConfig',
  kubeSchedulerConfig: 'KubeSchedulerConfig',
  kubeControllerManagerConfig: 'KubeControllerManagerConfig',
} as const

/** The properties of `AWS::EKS::Cluster`; none for a part of which nothing is said. */
export function componentProperties(config: ClusterConfig): Record<string, Value> {
  const given = Object.entries(PROPERTIES).flatMap(([field, property]) => {
    const value = asProperties(config[field as keyof typeof PROPERTIES])
    return value === undefined ? [] : [[property, value] as const]
  })
  return Object.fromEntries(given)
}

// The fields are called as the properties are, but for the first letter and this one.
const OTHERWISE: Readonly<Record<string, string>> = { eventTTL: 'EventTtl' }

function asProperties(value: unknown): Value | undefined {
  if (Array.isArray(value)) {
    const items = value.map(asProperties).filter((item) => item !== undefined)
    return items.length > 0 ? items : undefined
  }
  if (!isObject(value)) return typeof value === 'string' || typeof value === 'number' ? value : undefined
  const entries = Object.entries(value).flatMap(([name, item]) => {
    const inner = asProperties(item)
    const property = OTHERWISE[name] ?? name.charAt(0).toUpperCase() + name.slice(1)
    return inner === undefined ? [] : [[property, inner] as const]
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
