// Owns the settings of EKS Auto Mode in a cluster: compute, storage and load balancing, on or off together.
import type { Cluster, ComputeConfigRequest, StorageConfigRequest } from '@aws-sdk/client-eks'

import { BUILTIN_POOLS } from '../../../../rules/auto-mode/node-pool.ts'
import { invalidParameter } from '../errors.ts'
import { checkNodeRole } from '../roles.ts'
import type { ClusterRecord, Eks } from '../state.ts'

/** The members of CreateCluster and UpdateClusterConfig that concern it. */
export const AUTO_MODE = [
  'computeConfig.enabled',
  'computeConfig.nodePools',
  'computeConfig.nodeRoleArn',
  'storageConfig.blockStorage.enabled',
  'kubernetesNetworkConfig.elasticLoadBalancing.enabled',
] as const

interface Asked {
  readonly computeConfig?: Pick<ComputeConfigRequest, 'enabled' | 'nodePools' | 'nodeRoleArn'> | undefined
  readonly storageConfig?: StorageConfigRequest | undefined
  readonly kubernetesNetworkConfig?:
    | { readonly elasticLoadBalancing?: { readonly enabled?: boolean | undefined } | undefined }
    | undefined
}

/** What DescribeCluster shows of it. */
export interface AutoModeSettings {
  readonly computeConfig: NonNullable<Cluster['computeConfig']>
  readonly storageConfig: NonNullable<Cluster['storageConfig']>
  readonly elasticLoadBalancing: { readonly enabled: boolean }
}

/** True when a cluster runs in Auto Mode. */
export function isAutoMode({ computeConfig }: ClusterRecord['cluster']): boolean {
  return computeConfig?.enabled === true
}

/**
 * The settings that a request asks for; undefined when it says nothing about Auto Mode.
 * @throws AwsError InvalidParameterException (words: terraform-aws-eks#3238, #3366; terraform-provider-aws eks/cluster.go)
 */
export async function readAutoMode(eks: Eks, asked: Asked): Promise<AutoModeSettings | undefined> {
  const { computeConfig, storageConfig, kubernetesNetworkConfig } = asked
  const switches = [
    computeConfig?.enabled,
    storageConfig?.blockStorage?.enabled,
    kubernetesNetworkConfig?.elasticLoadBalancing?.enabled,
  ]
  if (switches.every((each) => each === undefined)) return undefined
  if (new Set(switches.map((each) => each ?? false)).size > 1) {
    throw invalidParameter(
      'For EKS Auto Mode, please ensure that all required configs, including computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled.',
    )
  }
  const enabled = switches[0] ?? false
  const { nodePools = [], nodeRoleArn } = computeConfig ?? {}
  checkPools(nodePools, nodeRoleArn)
  if (enabled && nodeRoleArn) await checkNodeRole(eks, nodeRoleArn)
  return {
    computeConfig: { enabled, nodePools: [...nodePools], ...(nodeRoleArn ? { nodeRoleArn } : {}) },
    storageConfig: { blockStorage: { enabled } },
    elasticLoadBalancing: { enabled },
  }
}

function checkPools(nodePools: readonly string[], nodeRoleArn: string | undefined): void {
  if (nodePools.length > 0 && !nodeRoleArn) {
    throw invalidParameter(
      'When Compute Config nodeRoleArn is null or empty, nodePool list cannot be populated.',
    )
  }
  if (nodePools.length === 0 && nodeRoleArn) {
    throw invalidParameter(
      'When Compute Config nodeRoleArn is not null or empty, nodePool value(s) must be provided.',
    )
  }
  // AWS's words for a name that it doesn't know were not found.
  const unknown = nodePools.find((name) => !BUILTIN_POOLS.some((pool) => pool === name))
  if (unknown !== undefined) {
    throw invalidParameter(`Invalid node pool ${unknown}: valid values are ${BUILTIN_POOLS.join(', ')}`)
  }
}

/**
 * What a new cluster in Auto Mode must not ask for.
 * @throws AwsError InvalidParameterException (words: terraform-provider-aws#40483)
 */
export function checkNewAutoMode(
  settings: AutoModeSettings | undefined,
  cluster: {
    readonly bootstrapSelfManagedAddons?: boolean | undefined
    readonly accessConfig?: { readonly authenticationMode?: string | undefined } | undefined
  },
): void {
  if (!settings?.computeConfig.enabled) return
  if (cluster.bootstrapSelfManagedAddons ?? true) {
    throw invalidParameter('When EKS Auto Mode is enabled, bootstrapSelfManagedAddons must be set to false.')
  }
  checkMode(cluster.accessConfig?.authenticationMode)
}

/** @throws AwsError InvalidParameterException for a cluster without access entries (the words are Neargate's) */
export function checkMode(authenticationMode = 'CONFIG_MAP'): void {
  if (authenticationMode !== 'CONFIG_MAP') return
  throw invalidParameter(
    'EKS Auto Mode needs an authentication mode of API or API_AND_CONFIG_MAP: its nodes join by access entries.',
  )
}

/** The members of a cluster's record that the settings change. */
export function autoModeChange(
  cluster: ClusterRecord['cluster'],
  { computeConfig, storageConfig, elasticLoadBalancing }: AutoModeSettings,
): Partial<ClusterRecord['cluster']> {
  return {
    computeConfig,
    storageConfig,
    kubernetesNetworkConfig: { ...cluster.kubernetesNetworkConfig, elasticLoadBalancing },
  }
}
