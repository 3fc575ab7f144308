// Owns the EKS resource types: Cluster, Nodegroup, FargateProfile, Addon, AccessEntry.
import type {
  DescribeAccessEntryResponse,
  DescribeAddonResponse,
  DescribeClusterResponse,
  DescribeFargateProfileResponse,
  DescribeNodegroupResponse,
} from '@aws-sdk/client-eks'

import { AwsError, isAwsCode } from '../../../../base/errors.ts'
import { isObject } from '../../../../base/json.ts'
import type { TemplateObject } from '../template/template.ts'
import {
  count,
  flag,
  generatedName,
  isStillInUse,
  lowerKeys,
  optional,
  PENDING,
  type ProviderContext,
  required,
  type ResourceProvider,
  type ResourceState,
  tagMap,
  text,
  texts,
  tolerating,
} from './provider.ts'

const GONE = ['ResourceNotFoundException']

/** Members of the template spelled as the API does; clientRequestToken makes a repeat find what was made. */
function input(
  properties: TemplateObject,
  context: ProviderContext,
  names: readonly string[],
): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)))
  return {
    ...(lowerKeys(given) as TemplateObject),
    tags: userTags(properties, context),
    clientRequestToken: context.token,
  }
}

function userTags(properties: TemplateObject, context: ProviderContext): Record<string, string> {
  return tagMap(properties['Tags'], context)
}

/** Deletes and says whether it has gone. */
async function gone(
  context: ProviderContext,
  operation: { remove: string; look: string },
  key: object,
): Promise<boolean> {
  try {
    await context.call('eks', operation.remove, key)
  } catch (error) {
    if (isAwsCode(error, ...GONE)) return true
    if (!isStillInUse(error)) throw error
    return false
  }
  try {
    await context.call('eks', operation.look, key)
    return false
  } catch (error) {
    if (isAwsCode(error, ...GONE)) return true
    throw error
  }
}

/** @throws AwsError in the words CloudFormation uses for a resource that its service gave up on */
function stateOf(
  status: string | undefined,
  attributes: Record<string, string>,
  failure: string,
): ResourceState {
  if (status === 'ACTIVE' || status === 'DEGRADED') return { state: 'ready', attributes }
  if (status?.endsWith('_FAILED') || status === 'FAILED') throw new AwsError('NotStabilized', failure)
  return PENDING
}

export const cluster: ResourceProvider = {
  replacedBy: [
    'Name',
    'RoleArn',
    'KubernetesNetworkConfig',
    'EncryptionConfig',
    'BootstrapSelfManagedAddons',
    'OutpostConfig',
  ],
  async create(properties, context) {
    const name = optional(properties, 'Name') ?? generatedName(context, 100)
    const vpc = (properties['ResourcesVpcConfig'] ?? {}) as TemplateObject
    const access = (properties['AccessConfig'] ?? {}) as TemplateObject
    const { tags, ...rest } = input(properties, context, [
      'Version',
      'RoleArn',
      'KubernetesNetworkConfig',
      'UpgradePolicy',
      'EncryptionConfig',
      'ComputeConfig',
      'StorageConfig',
      'RemoteNetworkConfig',
      'OutpostConfig',
    ])
    await context.call('eks', 'CreateCluster', {
      ...rest,
      name,
      version: optional(properties, 'Version'),
      resourcesVpcConfig: {
        ...(lowerKeys(vpc) as TemplateObject),
        ...(vpc['EndpointPublicAccess'] === undefined
          ? {}
          : { endpointPublicAccess: flag(vpc['EndpointPublicAccess']) }),
        ...(vpc['EndpointPrivateAccess'] === undefined
          ? {}
          : { endpointPrivateAccess: flag(vpc['EndpointPrivateAccess']) }),
      },
      accessConfig: {
        authenticationMode: optional(access, 'AuthenticationMode'),
        bootstrapClusterCreatorAdminPermissions: flag(access['BootstrapClusterCreatorAdminPermissions']),
      },
      bootstrapSelfManagedAddons: flag(properties['BootstrapSelfManagedAddons']),
      deletionProtection: flag(properties['DeletionProtection']),
      ...loggingOf(properties),
      tags,
    })
    return name
  },
  async read(physicalId, context) {
    const answer = await context.call<DescribeClusterResponse>('eks', 'DescribeCluster', { name: physicalId })
    const found = answer.cluster ?? {}
    const attributes = {
      Arn: found.arn ?? '',
      Id: found.arn ?? '',
      Endpoint: found.endpoint ?? '',
      CertificateAuthorityData: found.certificateAuthority?.data ?? '',
      ClusterSecurityGroupId: found.resourcesVpcConfig?.clusterSecurityGroupId ?? '',
      OpenIdConnectIssuerUrl: found.identity?.oidc?.issuer ?? '',
      'KubernetesNetworkConfig.ServiceIpv4Cidr': found.kubernetesNetworkConfig?.serviceIpv4Cidr ?? '',
    }
    return stateOf(found.status, attributes, 'The cluster did not become ACTIVE')
  },
  async update({ physicalId, before, after }, context) {
    if (before['Version'] !== after['Version']) {
      await context.call('eks', 'UpdateClusterVersion', {
        name: physicalId,
        version: optional(after, 'Version'),
      })
      return
    }
    if (!isSame(before['Logging'], after['Logging'])) {
      await context.call('eks', 'UpdateClusterConfig', { name: physicalId, ...loggingOf(after) })
      return
    }
    if (!isSame(before['ResourcesVpcConfig'], after['ResourcesVpcConfig'])) {
      await context.call('eks', 'UpdateClusterConfig', {
        name: physicalId,
        resourcesVpcConfig: lowerKeys(after['ResourcesVpcConfig']),
      })
    }
  },
  delete: (physicalId, context) =>
    gone(context, { remove: 'DeleteCluster', look: 'DescribeCluster' }, { name: physicalId }),
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

// CloudFormation lists the types that are on; the API wants types with a switch.
function loggingOf(properties: TemplateObject): object {
  const logging = properties['Logging']
  const setup = isObject(logging) ? (logging as TemplateObject)['ClusterLogging'] : undefined
  if (!isObject(setup)) return {}
  const enabled = (setup as TemplateObject)['EnabledTypes']
  const types = (Array.isArray(enabled) ? enabled : []).map((item) => text((item as TemplateObject)['Type']))
  const all = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']
  return {
    logging: {
      clusterLogging: [
        { types, enabled: true },
        { types: all.filter((type) => !types.includes(type)), enabled: false },
      ],
    },
  }
}

/** `CLUSTER/NAME`: the physical id of a node group; of the others it is built alike. */
function parts(physicalId: string): { clusterName: string; name: string } {
  const [clusterName = '', name = ''] = physicalId.split(/[/|]/)
  return { clusterName, name }
}

export const nodegroup: ResourceProvider = {
  replacedBy: [
    'ClusterName',
    'NodegroupName',
    'AmiType',
    'CapacityType',
    'DiskSize',
    'InstanceTypes',
    'NodeRole',
    'RemoteAccess',
    'Subnets',
    'LaunchTemplate',
    'Version',
    'ReleaseVersion',
  ],
  async create(properties, context) {
    const clusterName = required(properties, 'ClusterName')
    const nodegroupName = optional(properties, 'NodegroupName') ?? generatedName(context, 63)
    const scaling = (properties['ScalingConfig'] ?? {}) as TemplateObject
    await context.call('eks', 'CreateNodegroup', {
      ...input(properties, context, [
        'AmiType',
        'CapacityType',
        'InstanceTypes',
        'NodeRole',
        'Subnets',
        'Version',
        'ReleaseVersion',
        'RemoteAccess',
        'UpdateConfig',
        'LaunchTemplate',
      ]),
      // Keys of labels are the user's own: they keep their spelling.
      labels: properties['Labels'],
      taints: taintsOf(properties),
      clusterName,
      nodegroupName,
      diskSize: count(properties['DiskSize']),
      ...(properties['ScalingConfig'] === undefined ? {} : { scalingConfig: scalingOf(scaling) }),
    })
    return `${clusterName}/${nodegroupName}`
  },
  async read(physicalId, context) {
    const { clusterName, name } = parts(physicalId)
    const { nodegroup: found } = await context.call<DescribeNodegroupResponse>('eks', 'DescribeNodegroup', {
      clusterName,
      nodegroupName: name,
    })
    const attributes = {
      Arn: found?.nodegroupArn ?? '',
      Id: physicalId,
      ClusterName: clusterName,
      NodegroupName: name,
    }
    // As eksctl's users see it, eksctl-io/eksctl#4544.
    const issues = (found?.health?.issues ?? []).map(
      ({ code, message, resourceIds = [] }) =>
        `{Code: ${code},Message: ${message},ResourceIds: [${resourceIds.join(', ')}]}`,
    )
    const failure = `Nodegroup ${name} failed to stabilize: [${issues.join(', ')}]`
    return stateOf(found?.status, attributes, failure)
  },
  async update({ physicalId, before, after }, context) {
    const { clusterName, name } = parts(physicalId)
    const labels = (after['Labels'] ?? {}) as TemplateObject
    const removeLabels = Object.keys((before['Labels'] ?? {}) as TemplateObject).filter(
      (key) => !(key in labels),
    )
    await context.call('eks', 'UpdateNodegroupConfig', {
      clusterName,
      nodegroupName: name,
      labels: { addOrUpdateLabels: labels, removeLabels },
      taints: { addOrUpdateTaints: taintsOf(after) ?? [], removeTaints: removedTaints(before, after) },
      scalingConfig: scalingOf((after['ScalingConfig'] ?? {}) as TemplateObject),
    })
  },
  delete: (physicalId, context) => {
    const { clusterName, name } = parts(physicalId)
    return gone(
      context,
      { remove: 'DeleteNodegroup', look: 'DescribeNodegroup' },
      { clusterName, nodegroupName: name },
    )
  },
}

function scalingOf(scaling: TemplateObject): object {
  return {
    minSize: count(scaling['MinSize']),
    maxSize: count(scaling['MaxSize']),
    desiredSize: count(scaling['DesiredSize']),
  }
}

interface ApiTaint {
  readonly key: string | undefined
  readonly value: string | undefined
  readonly effect: string | undefined
}

function taintsOf(properties: TemplateObject): ApiTaint[] | undefined {
  const taints = properties['Taints']
  if (!Array.isArray(taints)) return undefined
  return taints.map((taint) => {
    const { Key, Value, Effect } = taint as Record<string, string>
    return { key: Key, value: Value, effect: Effect }
  })
}

function removedTaints(before: TemplateObject, after: TemplateObject): ApiTaint[] {
  const kept = new Set((taintsOf(after) ?? []).map((taint) => `${taint.key}:${taint.effect}`))
  return (taintsOf(before) ?? []).filter((taint) => !kept.has(`${taint.key}:${taint.effect}`))
}

export const fargateProfile: ResourceProvider = {
  async create(properties, context) {
    const clusterName = required(properties, 'ClusterName')
    const name = optional(properties, 'FargateProfileName') ?? generatedName(context, 63)
    const selectors = (
      Array.isArray(properties['Selectors']) ? properties['Selectors'] : []
    ) as TemplateObject[]
    await context.call('eks', 'CreateFargateProfile', {
      clusterName,
      fargateProfileName: name,
      podExecutionRoleArn: required(properties, 'PodExecutionRoleArn'),
      subnets: properties['Subnets'] === undefined ? undefined : texts(properties['Subnets']),
      selectors: selectors.map((selector) => ({
        namespace: optional(selector, 'Namespace'),
        labels: labelMap(selector['Labels']),
      })),
      tags: userTags(properties, context),
      clientRequestToken: context.token,
    })
    return `${clusterName}|${name}`
  },
  async read(physicalId, context) {
    const { clusterName, name } = parts(physicalId)
    const { fargateProfile: found } = await context.call<DescribeFargateProfileResponse>(
      'eks',
      'DescribeFargateProfile',
      { clusterName, fargateProfileName: name },
    )
    return stateOf(
      found?.status,
      { Arn: found?.fargateProfileArn ?? '' },
      `Fargate profile ${name} failed to stabilize`,
    )
  },
  delete: (physicalId, context) => {
    const { clusterName, name } = parts(physicalId)
    return gone(
      context,
      { remove: 'DeleteFargateProfile', look: 'DescribeFargateProfile' },
      {
        clusterName,
        fargateProfileName: name,
      },
    )
  },
}

function labelMap(value: unknown): Record<string, string> {
  const labels = Array.isArray(value) ? (value as Record<string, string>[]) : []
  return Object.fromEntries(labels.map((label) => [label['Key'] ?? '', label['Value'] ?? '']))
}

export const addon: ResourceProvider = {
  replacedBy: ['ClusterName', 'AddonName'],
  async create(properties, context) {
    const clusterName = required(properties, 'ClusterName')
    const addonName = required(properties, 'AddonName')
    await context.call('eks', 'CreateAddon', {
      ...input(properties, context, [
        'AddonVersion',
        'ServiceAccountRoleArn',
        'ResolveConflicts',
        'ConfigurationValues',
        'PodIdentityAssociations',
      ]),
      clusterName,
      addonName,
    })
    return `${clusterName}|${addonName}`
  },
  async read(physicalId, context) {
    const { clusterName, name } = parts(physicalId)
    const { addon: found } = await context.call<DescribeAddonResponse>('eks', 'DescribeAddon', {
      clusterName,
      addonName: name,
    })
    return stateOf(found?.status, { Arn: found?.addonArn ?? '' }, `Addon ${name} failed to stabilize`)
  },
  async update({ physicalId, after }, context) {
    const { clusterName, name } = parts(physicalId)
    await context.call('eks', 'UpdateAddon', {
      clusterName,
      addonName: name,
      addonVersion: optional(after, 'AddonVersion'),
      serviceAccountRoleArn: optional(after, 'ServiceAccountRoleArn'),
      resolveConflicts: optional(after, 'ResolveConflicts'),
      configurationValues: optional(after, 'ConfigurationValues'),
    })
  },
  delete: (physicalId, context, properties) => {
    const { clusterName, name } = parts(physicalId)
    const preserve = flag(properties['PreserveOnDelete']) ?? false
    return preserve
      ? gone(
          context,
          { remove: 'DeleteAddon', look: 'DescribeAddon' },
          { clusterName, addonName: name, preserve },
        )
      : gone(context, { remove: 'DeleteAddon', look: 'DescribeAddon' }, { clusterName, addonName: name })
  },
}

export const accessEntry: ResourceProvider = {
  replacedBy: ['ClusterName', 'PrincipalArn', 'Type'],
  async create(properties, context) {
    const clusterName = required(properties, 'ClusterName')
    const principalArn = required(properties, 'PrincipalArn')
    await context.call('eks', 'CreateAccessEntry', {
      ...input(properties, context, ['KubernetesGroups', 'Username', 'Type']),
      clusterName,
      principalArn,
    })
    await associate(properties, context)
    return `${principalArn}|${clusterName}`
  },
  async read(physicalId, context) {
    const [principalArn = '', clusterName = ''] = physicalId.split('|')
    const { accessEntry: found } = await context.call<DescribeAccessEntryResponse>(
      'eks',
      'DescribeAccessEntry',
      {
        clusterName,
        principalArn,
      },
    )
    return { state: 'ready', attributes: { AccessEntryArn: found?.accessEntryArn ?? '' } }
  },
  async update({ before, after }, context) {
    const key = { clusterName: required(after, 'ClusterName'), principalArn: required(after, 'PrincipalArn') }
    await context.call('eks', 'UpdateAccessEntry', {
      ...key,
      kubernetesGroups: texts(after['KubernetesGroups']),
      username: optional(after, 'Username'),
    })
    const kept = new Set(policiesOf(after).map((policy) => policy.policyArn))
    for (const { policyArn } of policiesOf(before).filter((policy) => !kept.has(policy.policyArn))) {
      await context.call('eks', 'DisassociateAccessPolicy', { ...key, policyArn })
    }
    await associate(after, context)
  },
  async delete(physicalId, context) {
    const [principalArn = '', clusterName = ''] = physicalId.split('|')
    await tolerating(GONE, () => context.call('eks', 'DeleteAccessEntry', { clusterName, principalArn }))
    return true
  },
}

function policiesOf(properties: TemplateObject): { policyArn: string; accessScope: unknown }[] {
  const policies = Array.isArray(properties['AccessPolicies']) ? properties['AccessPolicies'] : []
  return policies.map((policy) => ({
    policyArn: required(policy as TemplateObject, 'PolicyArn'),
    accessScope: lowerKeys((policy as TemplateObject)['AccessScope']),
  }))
}

async function associate(properties: TemplateObject, context: ProviderContext): Promise<void> {
  for (const policy of policiesOf(properties)) {
    await context.call('eks', 'AssociateAccessPolicy', {
      clusterName: required(properties, 'ClusterName'),
      principalArn: required(properties, 'PrincipalArn'),
      ...policy,
    })
  }
}
