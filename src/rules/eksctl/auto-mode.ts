// Owns what eksctl makes of autoModeConfig: its defaults, and what it refuses.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5/auto_mode.go and defaults.go.
import { BUILTIN_POOLS } from '../auto-mode/node-pool.ts'

interface AutoModeConfig {
  readonly enabled?: boolean
  readonly nodePools?: readonly string[]
  readonly nodeRoleARN?: string
  readonly permissionsBoundaryARN?: string
}

/** True when EKS makes the nodes. */
export function isAutoMode(config: { readonly autoModeConfig?: AutoModeConfig | undefined }): boolean {
  return config.autoModeConfig?.enabled === true
}

/** The built-in pools of a cluster in Auto Mode. */
export function autoModePools({ nodePools = BUILTIN_POOLS }: AutoModeConfig): readonly string[] {
  return nodePools
}

/** What eksctl refuses, in its words. */
export function autoModeFaults(auto: AutoModeConfig): readonly string[] {
  const { enabled, nodePools, nodeRoleARN, permissionsBoundaryARN } = auto
  if (enabled !== true) {
    const isAsked =
      nodeRoleARN ?? permissionsBoundaryARN ?? (nodePools && nodePools.length > 0 ? '' : undefined)
    if (isAsked === undefined) return []
    return [
      'cannot set autoModeConfig.nodeRoleARN, autoModeConfig.permissionBoundaryARN, or autoModeConfig.nodePools when Auto Mode is disabled',
    ]
  }
  if (nodePools === undefined) return []
  const isEmpty = nodePools.length === 0
  if (isEmpty && nodeRoleARN !== undefined)
    return ['cannot specify autoModeConfig.nodeRoleARN when autoModeConfig.nodePools is empty']
  if (isEmpty && permissionsBoundaryARN !== undefined)
    return ['cannot specify autoModeConfig.permissionBoundaryARN when autoModeConfig.nodePools is empty']
  if (nodeRoleARN !== undefined && permissionsBoundaryARN !== undefined)
    return ['cannot specify autoModeConfig.permissionBoundaryARN when autoModeConfig.nodeRoleARN is set']
  const twice = nodePools.find((name, index) => nodePools.indexOf(name) !== index)
  if (twice !== undefined) return [`found duplicate node pool: ${JSON.stringify(twice)}`]
  const unknown = nodePools.find((name) => !BUILTIN_POOLS.some((pool) => pool === name))
  return unknown === undefined ? [] : [`invalid NodePool ${JSON.stringify(unknown)}`]
}
