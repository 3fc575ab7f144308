// Owns CreateCluster: checks the request and records a cluster that the reconciler then builds.
import type { CreateClusterRequest, CreateClusterResponse } from '@aws-sdk/client-eks'

import { operation, type Declared } from '../../../protocol/operation.ts'
import type { RequestContext } from '../../../protocol/service.ts'
import {
  AUTO_MODE,
  autoModeChange,
  checkNewAutoMode,
  readAutoMode,
  type AutoModeSettings,
} from '../auto-mode/config.ts'
import { requestToken } from '../client-token.ts'
import { inUse, invalidParameter } from '../errors.ts'
import { quotaFor, tooManyClusters } from '../quotas.ts'
import { type ClusterRecord, type Eks, startClock } from '../state.ts'
import { checkClusterRole } from '../roles.ts'
import { checkEncryption, checkEndpoints, checkSecurityGroups } from './checks.ts'
import { newRemoteNetworks, REMOTE_NETWORKS } from './remote-networks.ts'
import { chooseServiceNetwork, type ServiceNetwork } from './service-network.ts'
import { clusterSubnets } from './network.ts'
import { showCluster } from './show.ts'

/** How long AWS takes to make a control plane ("10 to 15 minutes", EKS user guide). */
export const CREATE_CLUSTER_MS = 10 * 60_000
const HONOURED = [
  'name',
  'version',
  'roleArn',
  'resourcesVpcConfig.subnetIds',
  'resourcesVpcConfig.securityGroupIds',
  'kubernetesNetworkConfig.serviceIpv4Cidr',
  'kubernetesNetworkConfig.ipFamily',
  ...AUTO_MODE,
  'logging.clusterLogging[].types',
  'logging.clusterLogging[].enabled',
  'accessConfig.authenticationMode',
  'accessConfig.bootstrapClusterCreatorAdminPermissions',
  'bootstrapSelfManagedAddons',
  'deletionProtection',
  'tags',
  'clientRequestToken',
] as const
// The API server listens on loopback, its data is not encrypted, and it has one size.
const KEPT = [
  'resourcesVpcConfig.endpointPublicAccess',
  'resourcesVpcConfig.endpointPrivateAccess',
  'resourcesVpcConfig.publicAccessCidrs',
  'resourcesVpcConfig.controlPlaneEgressMode',
  'encryptionConfig[].resources',
  'encryptionConfig[].provider.keyArn',
  'upgradePolicy.supportType',
  'zonalShiftConfig.enabled',
  'controlPlaneScalingConfig.tier',
  ...REMOTE_NETWORKS,
] as const

type Input = Declared<CreateClusterRequest, (typeof HONOURED | typeof KEPT)[number]>

const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'] as const

/** @throws AwsError ResourceInUseException, InvalidParameterException */
export const createCluster = operation<Eks, CreateClusterRequest, CreateClusterResponse>()({
  honours: HONOURED,
  keeps: KEPT,
  handle: async (input, eks, request) => {
    const name = input.name ?? ''
    const known = findEarlier(eks, input)
    if (known) return { cluster: showCluster(known) }
    checkEndpoints(input.resourcesVpcConfig ?? {})
    checkAccess(input.accessConfig ?? {})
    checkEncryption(input.encryptionConfig ?? [])
    const autoMode = await readAutoMode(eks, input)
    checkNewAutoMode(autoMode, input)
    const version = chooseVersion(eks, input.version)
    await checkClusterRole(eks, input.roleArn ?? '')
    const subnets = await clusterSubnets(eks, input.resourcesVpcConfig?.subnetIds ?? [])
    await checkSecurityGroups(eks, input.resourcesVpcConfig?.securityGroupIds ?? [])
    const network = await chooseServiceNetwork(eks, subnets, input.kubernetesNetworkConfig ?? {})
    const remoteNetworkConfig = await newRemoteNetworks(eks, input.remoteNetworkConfig, {
      vpcId: subnets.vpcId,
      serviceCidr: 'serviceIpv4Cidr' in network ? network.serviceIpv4Cidr : undefined,
      mode: input.accessConfig?.authenticationMode,
    })
    const drawn = draft({ input, eks, request, version, vpcId: subnets.vpcId, network })
    const record = withAutoMode(
      { ...drawn, cluster: { ...drawn.cluster, ...(remoteNetworkConfig ? { remoteNetworkConfig } : {}) } },
      autoMode,
    )
    const most = await quotaFor(eks, 'clusters')
    return await eks.deps.store.transact((tx) => {
      const earlier = findEarlier(eks, input)
      if (!earlier && eks.tables.clusters.list().length >= most) throw tooManyClusters()
      if (!earlier) eks.tables.clusters.putIn(tx, name, record)
      return { cluster: showCluster(earlier ?? record) }
    })
  },
})

/** The cluster that this very request has made. @throws AwsError ResourceInUseException for another one of the name */
function findEarlier(eks: Eks, input: Input): ClusterRecord | undefined {
  const { name = '' } = input
  const existing = eks.tables.clusters.get(name)
  if (!existing || (existing.token !== undefined && existing.token === requestToken(input))) return existing
  throw inUse(`Cluster already exists with name: ${name}`, { clusterName: name })
}

// Words from terraform-aws-modules/terraform-aws-eks#3026.
function checkAccess(access: NonNullable<Input['accessConfig']>): void {
  const { authenticationMode = 'CONFIG_MAP', bootstrapClusterCreatorAdminPermissions = true } = access
  if (authenticationMode !== 'CONFIG_MAP' || bootstrapClusterCreatorAdminPermissions) return
  throw invalidParameter(
    'bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP',
  )
}

function chooseVersion(eks: Eks, asked: string | undefined): string {
  const { versions } = eks.ports
  const chosen = asked ?? versions.find((version) => version.isDefault)?.version
  if (!versions.some((version) => version.version === chosen)) {
    throw invalidParameter('unsupported Kubernetes version')
  }
  return chosen ?? ''
}

function withAutoMode(record: ClusterRecord, settings: AutoModeSettings | undefined): ClusterRecord {
  if (!settings) return record
  const { cluster } = record
  return { ...record, cluster: { ...cluster, ...autoModeChange(cluster, settings) } }
}

function draft(from: {
  input: Input
  eks: Eks
  request: RequestContext
  version: string
  vpcId: string
  network: ServiceNetwork
}): ClusterRecord {
  const { input, eks, request, version, vpcId, network } = from
  const { ids, region, accountId } = eks.deps
  const name = input.name ?? ''
  const digits = String(ids.below(1_000_000_000)).padStart(10, '1')
  const vpc = input.resourcesVpcConfig
  const offered = eks.ports.versions.find((offer) => offer.version === version)
  return {
    ...startClock(eks, CREATE_CLUSTER_MS, requestToken(input)),
    creatorArn: request.principal.arn,
    securityGroupName: `eks-cluster-sg-${name}-${digits}`,
    bootstrapAddons: input.bootstrapSelfManagedAddons ?? true,
    bootstrapped: false,
    cluster: {
      name,
      arn: `arn:aws:eks:${region}:${accountId}:cluster/${name}`,
      version,
      roleArn: input.roleArn,
      status: 'CREATING',
      platformVersion: offered?.platformVersion ?? 'eks.1',
      resourcesVpcConfig: {
        subnetIds: vpc?.subnetIds ?? [],
        securityGroupIds: vpc?.securityGroupIds ?? [],
        vpcId,
        endpointPublicAccess: vpc?.endpointPublicAccess ?? true,
        endpointPrivateAccess: vpc?.endpointPrivateAccess ?? false,
        publicAccessCidrs: vpc?.publicAccessCidrs?.length ? vpc.publicAccessCidrs : ['0.0.0.0/0'],
        ...(vpc?.controlPlaneEgressMode === undefined
          ? {}
          : { controlPlaneEgressMode: vpc.controlPlaneEgressMode }),
      },
      kubernetesNetworkConfig: {
        ...network,
        elasticLoadBalancing: { enabled: false },
      },
      logging: { clusterLogging: spellLogging(input.logging?.clusterLogging ?? []) },
      identity: {
        oidc: { issuer: `${eks.ports.issuers}/id/${ids.hex(32).toUpperCase()}` },
      },
      certificateAuthority: {},
      tags: input.tags ?? {},
      health: { issues: [] },
      accessConfig: {
        bootstrapClusterCreatorAdminPermissions:
          input.accessConfig?.bootstrapClusterCreatorAdminPermissions ?? true,
        authenticationMode: input.accessConfig?.authenticationMode ?? 'CONFIG_MAP',
      },
      upgradePolicy: { supportType: input.upgradePolicy?.supportType ?? 'EXTENDED' },
      deletionProtection: input.deletionProtection ?? false,
      ...(input.encryptionConfig ? { encryptionConfig: input.encryptionConfig } : {}),
      ...(input.controlPlaneScalingConfig?.tier
        ? { controlPlaneScalingConfig: { tier: input.controlPlaneScalingConfig.tier } }
        : {}),
      ...(input.zonalShiftConfig
        ? { zonalShiftConfig: { enabled: input.zonalShiftConfig.enabled ?? false } }
        : {}),
    },
  }
}

/** All five log types, split into those that are on and those that are off, as DescribeCluster shows them. */
export function spellLogging(
  setups: readonly { types?: readonly string[] | undefined; enabled?: boolean | undefined }[],
): { types: (typeof LOG_TYPES)[number][]; enabled: boolean }[] {
  const enabled = new Set<string>()
  for (const setup of setups) {
    for (const type of setup.types ?? []) {
      if (setup.enabled) enabled.add(type)
      else enabled.delete(type)
    }
  }
  const split = [true, false].map((on) => ({
    types: LOG_TYPES.filter((type) => enabled.has(type) === on),
    enabled: on,
  }))
  return split.filter((setup) => setup.types.length > 0)
}
