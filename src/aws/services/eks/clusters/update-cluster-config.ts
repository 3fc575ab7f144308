// Owns UpdateClusterConfig: endpoint access, logging, access mode, upgrade policy, deletion protection.
import type { UpdateClusterConfigRequest, UpdateClusterConfigResponse } from '@aws-sdk/client-eks'

import { invalidParameter, notEmulated } from '../errors.ts'
import { authenticationMode, findCluster } from '../lookup.ts'
import type { ClusterRecord, Eks } from '../state.ts'
import { spellLogging } from './create-cluster.ts'
import { beginClusterUpdate, type UpdatePlan } from './updates.ts'

const UPDATE_CONFIG_MS = 2 * 60_000
const MODES = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API']

/** @throws AwsError InvalidParameterException, ResourceInUseException, ResourceNotFoundException */
export async function updateClusterConfig(
  input: UpdateClusterConfigRequest,
  eks: Eks,
): Promise<UpdateClusterConfigResponse> {
  const record = findCluster(eks, input.name)
  if (input.computeConfig?.enabled) throw notEmulated('computeConfig.enabled (EKS Auto Mode)')
  const plan = planOf(record, input)
  if (!plan) throw invalidParameter('No changes needed for the cluster config provided')
  return { update: await beginClusterUpdate(eks, record.cluster.name, { ...plan, awsMs: UPDATE_CONFIG_MS }) }
}

function planOf(
  record: ClusterRecord,
  input: UpdateClusterConfigRequest,
): Omit<UpdatePlan, 'awsMs'> | undefined {
  if (input.logging) return planLogging(record, input.logging)
  if (input.resourcesVpcConfig) return planNetwork(record, input.resourcesVpcConfig)
  if (input.accessConfig?.authenticationMode) return planAccess(record, input.accessConfig.authenticationMode)
  if (input.upgradePolicy?.supportType) {
    return {
      type: 'UpgradePolicyUpdate',
      params: [{ type: 'UpgradePolicy', value: input.upgradePolicy.supportType }],
      change: { upgradePolicy: { supportType: input.upgradePolicy.supportType } },
    }
  }
  if (input.deletionProtection !== undefined) {
    return {
      type: 'DeletionProtectionUpdate',
      params: [{ type: 'DeletionProtection', value: String(input.deletionProtection) }],
      change: { deletionProtection: input.deletionProtection },
    }
  }
  return undefined
}

function planLogging(
  record: ClusterRecord,
  logging: NonNullable<UpdateClusterConfigRequest['logging']>,
): Omit<UpdatePlan, 'awsMs'> {
  const setups = [...(record.cluster.logging?.clusterLogging ?? []), ...(logging.clusterLogging ?? [])]
  return {
    type: 'LoggingUpdate',
    params: [{ type: 'ClusterLogging', value: JSON.stringify({ clusterLogging: logging.clusterLogging }) }],
    change: { logging: { clusterLogging: spellLogging(setups) } },
  }
}

function planNetwork(
  record: ClusterRecord,
  vpc: NonNullable<UpdateClusterConfigRequest['resourcesVpcConfig']>,
): Omit<UpdatePlan, 'awsMs'> {
  const current = record.cluster.resourcesVpcConfig ?? {}
  const given = Object.fromEntries(Object.entries(vpc).filter(([, value]) => value !== undefined))
  const next = { ...current, ...given }
  if (!next.endpointPublicAccess && !next.endpointPrivateAccess) {
    throw invalidParameter('Private and public endpoint access cannot be false')
  }
  const isSubnets = vpc.subnetIds !== undefined || vpc.securityGroupIds !== undefined
  return {
    type: isSubnets ? 'VpcConfigUpdate' : 'EndpointAccessUpdate',
    params: [
      { type: 'EndpointPublicAccess', value: String(next.endpointPublicAccess) },
      { type: 'EndpointPrivateAccess', value: String(next.endpointPrivateAccess) },
      { type: 'PublicAccessCidrs', value: JSON.stringify(next.publicAccessCidrs) },
    ],
    change: { resourcesVpcConfig: next },
  }
}

// The mode can only move towards API (EKS user guide, "Change authentication mode to use access entries").
function planAccess(record: ClusterRecord, mode: string): Omit<UpdatePlan, 'awsMs'> {
  const current = authenticationMode(record)
  if (MODES.indexOf(mode) < MODES.indexOf(current)) {
    throw invalidParameter(`Unsupported authentication mode update from ${current} to ${mode}`)
  }
  return {
    type: 'AccessConfigUpdate',
    params: [{ type: 'AuthenticationMode', value: mode }],
    change: {
      accessConfig: {
        ...record.cluster.accessConfig,
        authenticationMode: mode as 'API' | 'API_AND_CONFIG_MAP',
      },
    },
  }
}
