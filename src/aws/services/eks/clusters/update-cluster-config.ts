// Owns UpdateClusterConfig: endpoint access, logging, access mode, upgrade policy, deletion protection.
import type { UpdateClusterConfigRequest, UpdateClusterConfigResponse } from '@aws-sdk/client-eks'

import { operation, type Declared } from '../../../protocol/operation.ts'
import { deepEqual } from '../../../../base/json.ts'
import {
  AUTO_MODE,
  autoModeChange,
  checkMode,
  readAutoMode,
  type AutoModeSettings,
} from '../auto-mode/config.ts'
import { invalidParameter } from '../errors.ts'
import { authenticationMode, findCluster } from '../lookup.ts'
import type { ClusterRecord, Eks } from '../state.ts'
import { checkEndpoints, checkSecurityGroups } from './checks.ts'
import { planRemoteNetworks, REMOTE_NETWORKS } from './remote-networks.ts'
import { spellLogging } from './create-cluster.ts'
import { beginClusterUpdate, type UpdatePlan } from './updates.ts'

const UPDATE_CONFIG_MS = 2 * 60_000
const HONOURED = [
  'name',
  'resourcesVpcConfig.subnetIds',
  'resourcesVpcConfig.securityGroupIds',
  'logging.clusterLogging[].types',
  'logging.clusterLogging[].enabled',
  'accessConfig.authenticationMode',
  'deletionProtection',
  ...AUTO_MODE,
] as const
const KEPT = [
  'resourcesVpcConfig.endpointPublicAccess',
  'resourcesVpcConfig.endpointPrivateAccess',
  'resourcesVpcConfig.publicAccessCidrs',
  'resourcesVpcConfig.controlPlaneEgressMode',
  'upgradePolicy.supportType',
  'zonalShiftConfig.enabled',
  'controlPlaneScalingConfig.tier',
  ...REMOTE_NETWORKS,
  'clientRequestToken',
] as const

type Input = Declared<UpdateClusterConfigRequest, (typeof HONOURED | typeof KEPT)[number]>

const MODES = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API']

/** @throws AwsError InvalidParameterException, ResourceInUseException, ResourceNotFoundException */
export const updateClusterConfig = operation<Eks, UpdateClusterConfigRequest, UpdateClusterConfigResponse>()({
  honours: HONOURED,
  keeps: KEPT,
  handle: async (input, eks) => {
    const record = findCluster(eks, input.name)
    await checkSecurityGroups(eks, input.resourcesVpcConfig?.securityGroupIds ?? [])
    const plan = planOf(record, input, {
      autoMode: await readAutoMode(eks, input),
      remote: input.remoteNetworkConfig && (await planRemoteNetworks(eks, record, input.remoteNetworkConfig)),
    })
    if (!plan) throw invalidParameter('No changes needed for the cluster config provided')
    return {
      update: await beginClusterUpdate(eks, record.cluster.name, { ...plan, awsMs: UPDATE_CONFIG_MS }),
    }
  },
})

type Plan = Omit<UpdatePlan, 'awsMs'>

/** @throws AwsError InvalidParameterException when more than one thing is to change (words: cluster-api-provider-aws#3553) */
function planOf(
  record: ClusterRecord,
  input: Input,
  {
    autoMode,
    remote,
  }: { readonly autoMode: AutoModeSettings | undefined; readonly remote: Plan | undefined },
): Plan | undefined {
  const { logging, resourcesVpcConfig, accessConfig, upgradePolicy, zonalShiftConfig, deletionProtection } =
    input
  const mode = accessConfig?.authenticationMode
  const plans: readonly (Plan | undefined)[] = [
    logging && planLogging(record, logging),
    resourcesVpcConfig && planNetwork(record, resourcesVpcConfig),
    mode && planAccess(record, mode),
    autoMode && planAutoMode(record, autoMode),
    remote,
    upgradePolicy?.supportType && {
      type: 'UpgradePolicyUpdate',
      params: [{ type: 'UpgradePolicy', value: upgradePolicy.supportType }],
      change: { upgradePolicy: { supportType: upgradePolicy.supportType } },
    },
    input.controlPlaneScalingConfig?.tier && {
      type: 'ControlPlaneScalingConfigUpdate',
      params: [{ type: 'UpdatedTier', value: input.controlPlaneScalingConfig.tier }],
      change: { controlPlaneScalingConfig: { tier: input.controlPlaneScalingConfig.tier } },
    },
    zonalShiftConfig && {
      type: 'ZonalShiftConfigUpdate',
      params: [{ type: 'ZonalShiftConfig', value: JSON.stringify(zonalShiftConfig) }],
      change: { zonalShiftConfig: { enabled: zonalShiftConfig.enabled ?? false } },
    },
    deletionProtection === undefined
      ? undefined
      : {
          type: 'DeletionProtectionUpdate',
          params: [{ type: 'DeletionProtection', value: String(deletionProtection) }],
          change: { deletionProtection },
        },
  ]
  const asked = plans.filter((plan) => plan !== undefined)
  if (asked.length > 1) throw invalidParameter('Only one type of update can be allowed.')
  return asked[0]
}

function planAutoMode(record: ClusterRecord, settings: AutoModeSettings): Plan {
  const { cluster } = record
  const change = autoModeChange(cluster, settings)
  if (deepEqual({ ...cluster, ...change }, cluster)) {
    throw invalidParameter('No changes needed for the compute config provided')
  }
  if (settings.computeConfig.enabled) checkMode(authenticationMode(record))
  return {
    type: 'AutoModeUpdate',
    params: [
      { type: 'ComputeConfig', value: JSON.stringify(settings.computeConfig) },
      {
        type: 'KubernetesNetworkConfig',
        value: JSON.stringify({ elasticLoadBalancing: settings.elasticLoadBalancing }),
      },
      { type: 'StorageConfig', value: JSON.stringify(settings.storageConfig) },
    ],
    change,
  }
}

function planLogging(record: ClusterRecord, logging: NonNullable<Input['logging']>): Plan {
  const setups = [...(record.cluster.logging?.clusterLogging ?? []), ...(logging.clusterLogging ?? [])]
  const clusterLogging = spellLogging(setups)
  if (deepEqual(clusterLogging, record.cluster.logging?.clusterLogging)) {
    throw invalidParameter('No changes needed for the logging config provided')
  }
  return {
    type: 'LoggingUpdate',
    params: [{ type: 'ClusterLogging', value: JSON.stringify({ clusterLogging: logging.clusterLogging }) }],
    change: { logging: { clusterLogging } },
  }
}

function planNetwork(record: ClusterRecord, vpc: NonNullable<Input['resourcesVpcConfig']>): Plan {
  const current = record.cluster.resourcesVpcConfig ?? {}
  const given = Object.fromEntries(Object.entries(vpc).filter(([, value]) => value !== undefined))
  const next = { ...current, ...given }
  checkEndpoints(next)
  const egress = vpc.controlPlaneEgressMode
  // "Once set to CUSTOMER_ROUTED, this setting cannot be changed back" (EKS API reference, VpcConfigRequest); words our own.
  if (egress === 'AWS_MANAGED' && current.controlPlaneEgressMode === 'CUSTOMER_ROUTED')
    throw invalidParameter('controlPlaneEgressMode cannot be changed from CUSTOMER_ROUTED to AWS_MANAGED')
  const isSubnets = vpc.subnetIds !== undefined || vpc.securityGroupIds !== undefined
  if (deepEqual(next, current)) {
    // The blank before the comma is AWS's own (eksctl-io/eksctl#4043).
    throw invalidParameter(
      `Cluster is already at the desired configuration with endpointPrivateAccess: ${next.endpointPrivateAccess} , endpointPublicAccess: ${next.endpointPublicAccess}, and Public Endpoint Restrictions: [${(next.publicAccessCidrs ?? []).join(', ')}]`,
    )
  }
  return {
    type: egressType(vpc) ?? (isSubnets ? 'VpcConfigUpdate' : 'EndpointAccessUpdate'),
    params: [
      ...(egress === undefined ? [] : [{ type: 'ControlPlaneEgressMode' as const, value: egress }]),
      { type: 'EndpointPublicAccess', value: String(next.endpointPublicAccess) },
      { type: 'EndpointPrivateAccess', value: String(next.endpointPrivateAccess) },
      { type: 'PublicAccessCidrs', value: JSON.stringify(next.publicAccessCidrs) },
    ],
    change: { resourcesVpcConfig: next },
  }
}

function egressType({
  controlPlaneEgressMode,
  ...others
}: NonNullable<Input['resourcesVpcConfig']>): 'ControlPlaneEgressUpdate' | undefined {
  const isAlone = Object.values(others).every((value) => value === undefined)
  return controlPlaneEgressMode !== undefined && isAlone ? 'ControlPlaneEgressUpdate' : undefined
}

// The mode can only move towards API, one step at a time (EKS user guide, "Change authentication mode to use access entries").
function planAccess(record: ClusterRecord, mode: string): Plan {
  const current = authenticationMode(record)
  if (MODES.indexOf(mode) !== MODES.indexOf(current) + 1) {
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
