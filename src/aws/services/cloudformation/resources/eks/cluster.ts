// Owns the resource type AWS::EKS::Cluster.
import type { Cluster, DescribeClusterResponse, UpdateClusterConfigResponse } from '@aws-sdk/client-eks'

import { deepEqual } from '../../../../../base/json.ts'
import type { TemplateObject } from '../../template/template.ts'
import { isMadeSince } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { lowered, membersOf, type Members, objectsOf, textAt } from '../members.ts'
import { type PropertyPath, valueAt } from '../property-path.ts'
import type { Change, ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTagMap } from '../tags.ts'
import { described, GONE, removeWith, stateOf, tagsStep, ticketOf, updateProgress } from './eks.ts'

const REMOTE: Members = {
  'RemoteNetworkConfig.RemoteNodeNetworks': lowered('remoteNetworkConfig.remoteNodeNetworks'),
  'RemoteNetworkConfig.RemotePodNetworks': lowered('remoteNetworkConfig.remotePodNetworks'),
}
const CREATION: Members = {
  Version: 'version',
  RoleArn: 'roleArn',
  'ResourcesVpcConfig.SubnetIds': 'resourcesVpcConfig.subnetIds',
  'ResourcesVpcConfig.SecurityGroupIds': 'resourcesVpcConfig.securityGroupIds',
  'ResourcesVpcConfig.EndpointPublicAccess': 'resourcesVpcConfig.endpointPublicAccess',
  'ResourcesVpcConfig.EndpointPrivateAccess': 'resourcesVpcConfig.endpointPrivateAccess',
  'ResourcesVpcConfig.PublicAccessCidrs': 'resourcesVpcConfig.publicAccessCidrs',
  'ResourcesVpcConfig.ControlPlaneEgressMode': 'resourcesVpcConfig.controlPlaneEgressMode',
  'KubernetesNetworkConfig.ServiceIpv4Cidr': 'kubernetesNetworkConfig.serviceIpv4Cidr',
  'KubernetesNetworkConfig.IpFamily': 'kubernetesNetworkConfig.ipFamily',
  'KubernetesNetworkConfig.ElasticLoadBalancing.Enabled':
    'kubernetesNetworkConfig.elasticLoadBalancing.enabled',
  'ComputeConfig.Enabled': 'computeConfig.enabled',
  'ComputeConfig.NodePools': 'computeConfig.nodePools',
  'ComputeConfig.NodeRoleArn': 'computeConfig.nodeRoleArn',
  'StorageConfig.BlockStorage.Enabled': 'storageConfig.blockStorage.enabled',
  EncryptionConfig: lowered('encryptionConfig'),
  'AccessConfig.AuthenticationMode': 'accessConfig.authenticationMode',
  'AccessConfig.BootstrapClusterCreatorAdminPermissions':
    'accessConfig.bootstrapClusterCreatorAdminPermissions',
  BootstrapSelfManagedAddons: 'bootstrapSelfManagedAddons',
  'UpgradePolicy.SupportType': 'upgradePolicy.supportType',
  DeletionProtection: 'deletionProtection',
  'ZonalShiftConfig.Enabled': 'zonalShiftConfig.enabled',
  'ControlPlaneScalingConfig.Tier': 'controlPlaneScalingConfig.tier',
  ...REMOTE,
}
const LOGGING = 'Logging.ClusterLogging.EnabledTypes'
const ENDPOINT = ['EndpointPublicAccess', 'EndpointPrivateAccess', 'PublicAccessCidrs'].map(
  (name) => `ResourcesVpcConfig.${name}`,
)

async function describe(name: string, context: ResourceContext): Promise<Cluster> {
  const { cluster } = await context.call<DescribeClusterResponse>('eks', 'DescribeCluster', { name })
  return cluster ?? {}
}

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'Name') ?? generatedName(context, 100)
}

const LOG_TYPES = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']

function isOther(type: string): boolean {
  return !LOG_TYPES.includes(type)
}

// CloudFormation lists the types that are on; the API wants types with a switch.
function loggingOf(properties: TemplateObject) {
  const given = objectsOf(valueAt(properties, LOGGING)).map((item) => textAt(item, 'Type') ?? '')
  // In the order in which the API shows them; one that it does not know is its to refuse.
  const types = [...LOG_TYPES.filter((type) => given.includes(type)), ...given.filter(isOther)]
  const off = LOG_TYPES.filter((type) => !given.includes(type))
  return {
    clusterLogging: [
      ...(types.length > 0 ? [{ types, enabled: true }] : []),
      ...(off.length > 0 ? [{ types: off, enabled: false }] : []),
    ],
  }
}

/** One kind of UpdateClusterConfig: the API takes one a call, and one update at a time. */
function configStep(
  on: readonly PropertyPath[],
  wanted: (after: TemplateObject) => Record<string, unknown>,
  current: (cluster: Cluster) => Record<string, unknown>,
): Step {
  return {
    operations: ['eks:UpdateClusterConfig'],
    on,
    run: async ({ physicalId: name, after }, context) =>
      ticketOf(
        await context.call<UpdateClusterConfigResponse>('eks', 'UpdateClusterConfig', {
          name,
          ...wanted(after),
        }),
      ),
    progress: (name, ticket, context) => updateProgress(context, { name }, ticket),
    isDone: async ({ physicalId, after }, context) =>
      deepEqual(current(await describe(physicalId, context)), wanted(after)),
  }
}

// They change together. CloudFormation's table has KubernetesNetworkConfig replace the cluster, so a stack that turns Auto
// Mode on later is refused for the cluster's name.
const AUTO_MODE = [
  'ComputeConfig.Enabled',
  'ComputeConfig.NodePools',
  'ComputeConfig.NodeRoleArn',
  'StorageConfig.BlockStorage.Enabled',
]

function autoModeOf(properties: TemplateObject) {
  const isOn = (path: string): boolean => valueAt(properties, path) === true
  const nodeRoleArn = textAt(properties, 'ComputeConfig.NodeRoleArn')
  return {
    computeConfig: {
      enabled: isOn('ComputeConfig.Enabled'),
      nodePools: valueAt(properties, 'ComputeConfig.NodePools') ?? [],
      ...(nodeRoleArn === undefined ? {} : { nodeRoleArn }),
    },
    kubernetesNetworkConfig: {
      elasticLoadBalancing: { enabled: isOn('KubernetesNetworkConfig.ElasticLoadBalancing.Enabled') },
    },
    storageConfig: { blockStorage: { enabled: isOn('StorageConfig.BlockStorage.Enabled') } },
  }
}

function remoteNetworksOf(properties: TemplateObject) {
  const { remoteNetworkConfig = {} } = membersOf(REMOTE, properties)
  return {
    remoteNetworkConfig: { remoteNodeNetworks: [], remotePodNetworks: [], ...Object(remoteNetworkConfig) },
  }
}

const versionStep: Step = {
  operations: ['eks:UpdateClusterVersion'],
  on: ['Version'],
  run: async ({ physicalId: name, after }, context) => {
    const version = textAt(after, 'Version')
    // A cluster whose template no longer says a version keeps the one it has.
    if (version === undefined) return undefined
    return ticketOf(await context.call('eks', 'UpdateClusterVersion', { name, version }))
  },
  progress: (name, ticket, context) => updateProgress(context, { name }, ticket),
  isDone: async ({ physicalId, after }: Change, context) =>
    (await describe(physicalId, context)).version === textAt(after, 'Version'),
}

export const cluster: ResourceType = {
  name: 'AWS::EKS::Cluster',
  customName: 'Name',
  create: {
    operations: ['eks:CreateCluster'],
    on: ['Name', 'Tags', LOGGING, ...Object.keys(CREATION)],
    run: async (properties, context) => {
      const name = nameOf(properties, context)
      await context.call('eks', 'CreateCluster', {
        ...membersOf(CREATION, properties),
        name,
        ...(valueAt(properties, LOGGING) === undefined ? {} : { logging: loggingOf(properties) }),
        tags: allTagMap(properties, context),
        clientRequestToken: context.token,
      })
      return name
    },
    find: async (properties, context) => {
      const name = nameOf(properties, context)
      const created = async () => (await describe(name, context)).createdAt
      return (await isMadeSince(context, created, GONE)) ? name : undefined
    },
  },
  update: [
    configStep(
      [LOGGING],
      (after) => ({ logging: loggingOf(after) }),
      ({ logging }) => ({ logging: { clusterLogging: logging?.clusterLogging } }),
    ),
    configStep(
      ENDPOINT,
      (after) => ({
        resourcesVpcConfig: {
          endpointPublicAccess: valueAt(after, 'ResourcesVpcConfig.EndpointPublicAccess') ?? true,
          endpointPrivateAccess: valueAt(after, 'ResourcesVpcConfig.EndpointPrivateAccess') ?? false,
          publicAccessCidrs: valueAt(after, 'ResourcesVpcConfig.PublicAccessCidrs') ?? ['0.0.0.0/0'],
        },
      }),
      ({ resourcesVpcConfig: vpc = {} }) => ({
        resourcesVpcConfig: {
          endpointPublicAccess: vpc.endpointPublicAccess,
          endpointPrivateAccess: vpc.endpointPrivateAccess,
          publicAccessCidrs: vpc.publicAccessCidrs,
        },
      }),
    ),
    configStep(
      ['ResourcesVpcConfig.ControlPlaneEgressMode'],
      (after) => ({
        resourcesVpcConfig: {
          controlPlaneEgressMode:
            valueAt(after, 'ResourcesVpcConfig.ControlPlaneEgressMode') ?? 'AWS_MANAGED',
        },
      }),
      ({ resourcesVpcConfig }) => ({
        resourcesVpcConfig: {
          controlPlaneEgressMode: resourcesVpcConfig?.controlPlaneEgressMode ?? 'AWS_MANAGED',
        },
      }),
    ),
    configStep(
      ['AccessConfig.AuthenticationMode'],
      (after) => ({
        accessConfig: {
          authenticationMode: valueAt(after, 'AccessConfig.AuthenticationMode') ?? 'CONFIG_MAP',
        },
      }),
      ({ accessConfig }) => ({ accessConfig: { authenticationMode: accessConfig?.authenticationMode } }),
    ),
    configStep(AUTO_MODE, autoModeOf, ({ computeConfig, kubernetesNetworkConfig, storageConfig }) => ({
      computeConfig,
      kubernetesNetworkConfig: { elasticLoadBalancing: kubernetesNetworkConfig?.elasticLoadBalancing },
      storageConfig,
    })),
    configStep(
      ['UpgradePolicy.SupportType'],
      (after) => ({
        upgradePolicy: { supportType: valueAt(after, 'UpgradePolicy.SupportType') ?? 'EXTENDED' },
      }),
      ({ upgradePolicy }) => ({ upgradePolicy: { supportType: upgradePolicy?.supportType } }),
    ),
    configStep(
      ['ControlPlaneScalingConfig.Tier'],
      (after) => ({
        controlPlaneScalingConfig: { tier: valueAt(after, 'ControlPlaneScalingConfig.Tier') ?? 'standard' },
      }),
      ({ controlPlaneScalingConfig }) => ({
        controlPlaneScalingConfig: { tier: controlPlaneScalingConfig?.tier ?? 'standard' },
      }),
    ),
    configStep(
      ['ZonalShiftConfig.Enabled'],
      (after) => ({ zonalShiftConfig: { enabled: valueAt(after, 'ZonalShiftConfig.Enabled') ?? false } }),
      ({ zonalShiftConfig }) => ({ zonalShiftConfig: { enabled: zonalShiftConfig?.enabled ?? false } }),
    ),
    configStep(Object.keys(REMOTE), remoteNetworksOf, ({ remoteNetworkConfig: remote = {} }) => ({
      remoteNetworkConfig: {
        remoteNodeNetworks: remote.remoteNodeNetworks ?? [],
        remotePodNetworks: remote.remotePodNetworks ?? [],
      },
    })),
    configStep(
      ['DeletionProtection'],
      (after) => ({ deletionProtection: valueAt(after, 'DeletionProtection') ?? false }),
      ({ deletionProtection }) => ({ deletionProtection }),
    ),
    versionStep,
    tagsStep(async (name, context) => (await describe(name, context)).arn ?? ''),
  ],
  defaults: { Force: false },
  attributes: [
    'Arn',
    'CertificateAuthorityData',
    'ClusterSecurityGroupId',
    'EncryptionConfigKeyArn',
    'Endpoint',
    'Id',
    'OpenIdConnectIssuerUrl',
  ],
  read: async (name, context) => {
    const found = await describe(name, context)
    const attributes = {
      Arn: found.arn ?? '',
      Id: found.arn ?? '',
      Endpoint: found.endpoint ?? '',
      CertificateAuthorityData: found.certificateAuthority?.data ?? '',
      ClusterSecurityGroupId: found.resourcesVpcConfig?.clusterSecurityGroupId ?? '',
      EncryptionConfigKeyArn: found.encryptionConfig?.[0]?.provider?.keyArn ?? '',
      OpenIdConnectIssuerUrl: found.identity?.oidc?.issuer ?? '',
    }
    return stateOf(found.status, attributes, 'The cluster did not become ACTIVE')
  },
  actual: described(CREATION, describe),
  remove: (name, context) =>
    removeWith(context, { remove: 'DeleteCluster', look: 'DescribeCluster' }, { name }),
}
