// Owns reading a cluster that runs, whoever made it, into a ClusterConfig.
import {
  DescribeAddonCommand,
  DescribeFargateProfileCommand,
  ListAddonsCommand,
  ListPodIdentityAssociationsCommand,
  DescribePodIdentityAssociationCommand,
  type Cluster,
  type FargateProfile,
} from '@aws-sdk/client-eks'

import type {
  AddonConfig,
  ClusterConfig,
  FargateProfileConfig,
  IamServiceAccount,
  PodIdentityConfig,
} from '../../config/cluster-config.ts'
import type { ServiceAccount } from '../../../generated/kubernetes.d.ts'
import { clusterStackName, fargateStackName } from '../../rules/eksctl/stack-names.ts'
import { nodeGroupNames } from '../before-up.ts'
import { required, type Cloud } from '../cloud.ts'
import { answering } from '../cluster.ts'
import { profilesOf } from '../fargate.ts'
import { findOidcProvider } from '../oidc-provider.ts'
import { importNetwork, type ImportedNetwork } from './network.ts'
import { importNodeGroup, type Imported } from './node-group.ts'
import { ownTags } from './tags.ts'

const CONTROLLER = { namespace: 'kube-system', name: 'aws-load-balancer-controller' }
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'

/** @param accounts the service accounts of the cluster, for the roles that they are annotated with */
export async function importConfig(
  cloud: Cloud,
  cluster: Cluster,
  accounts: readonly ServiceAccount[],
): Promise<Imported<ClusterConfig>> {
  const name = required(cluster.name, 'a cluster without a name')
  const network = await importNetwork(cloud, name, cluster.resourcesVpcConfig ?? {})
  const groups = await Promise.all(
    (await nodeGroupNames({ cloud }, name)).map((group) =>
      importNodeGroup(cloud, { cluster: name, group }, network.privateSubnets),
    ),
  )
  const fargateProfiles = await importProfiles(cloud, name, network)
  const [addons, podIdentityAssociations] = await Promise.all([
    importAddons(cloud, name),
    importPodIdentities(cloud, name),
  ])
  const serviceAccounts = accounts.flatMap(accountOf)
  const answers = answering(cluster)
  const provider = answers && (await findOidcProvider(cloud, answers))
  const iam = {
    ...(provider ? { withOIDC: true } : {}),
    ...(serviceAccounts.length > 0 ? { serviceAccounts } : {}),
    ...(podIdentityAssociations.length > 0 ? { podIdentityAssociations } : {}),
  }
  const value: ClusterConfig = {
    ...head(cloud, cluster),
    vpc: network.vpc,
    ...(network.zones === undefined ? {} : { availabilityZones: network.zones }),
    ...settingsOf(cluster),
    ...(Object.keys(iam).length === 0 ? {} : { iam }),
    ...(addons.length > 0 ? { addons } : {}),
    ...(groups.length > 0 ? { managedNodeGroups: groups.map((group) => group.value) } : {}),
    ...(fargateProfiles.length > 0 ? { fargateProfiles } : {}),
  }
  return { value, notes: [...groups.flatMap(({ notes }) => notes), ...notesOn(serviceAccounts)] }
}

function head(
  cloud: Cloud,
  { name = '', version, tags }: Cluster,
): Pick<ClusterConfig, 'apiVersion' | 'kind' | 'metadata'> {
  const own = ownTags(tags)
  return {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: {
      name,
      region: cloud.region,
      ...(version === undefined ? {} : { version }),
      ...(Object.keys(own).length === 0 ? {} : { tags: own }),
    },
  }
}

function settingsOf(cluster: Cluster): Partial<ClusterConfig> {
  const { kubernetesNetworkConfig, logging, accessConfig, encryptionConfig, computeConfig, upgradePolicy } =
    cluster
  const { ipFamily, serviceIpv4Cidr: serviceIPv4CIDR } = kubernetesNetworkConfig ?? {}
  const enableTypes = (logging?.clusterLogging ?? []).flatMap(({ enabled, types = [] }) =>
    enabled ? types : [],
  )
  const keyARN = encryptionConfig?.[0]?.provider?.keyArn
  const mode = accessConfig?.authenticationMode
  return {
    ...(serviceIPv4CIDR === undefined ? {} : { kubernetesNetworkConfig: { serviceIPv4CIDR } }),
    ...(ipFamily === 'ipv6' ? { kubernetesNetworkConfig: { ipFamily: 'IPv6' } } : {}),
    ...(mode === undefined ? {} : { accessConfig: { authenticationMode: mode } }),
    ...(keyARN === undefined ? {} : { secretsEncryption: { keyARN } }),
    ...(upgradePolicy?.supportType === undefined
      ? {}
      : { upgradePolicy: { supportType: upgradePolicy.supportType } }),
    ...(computeConfig?.enabled === true
      ? { autoModeConfig: { enabled: true, nodePools: computeConfig.nodePools ?? [] } }
      : {}),
    ...(enableTypes.length === 0 ? {} : { cloudWatch: { clusterLogging: { enableTypes } } }),
  }
}

async function importProfiles(
  cloud: Cloud,
  cluster: string,
  { privateSubnets }: ImportedNetwork,
): Promise<readonly FargateProfileConfig[]> {
  const names = (await profilesOf({ cloud }, cluster)).map(({ name }) => name)
  return Promise.all(
    names.map(async (fargateProfileName) => {
      const { fargateProfile } = await cloud.eks.send(
        new DescribeFargateProfileCommand({ clusterName: cluster, fargateProfileName }),
      )
      return profileOf(
        cluster,
        required(fargateProfile, 'DescribeFargateProfile without a profile'),
        privateSubnets,
      )
    }),
  )
}

function profileOf(
  cluster: string,
  { fargateProfileName = '', selectors = [], podExecutionRoleArn = '', subnets = [], tags }: FargateProfile,
  privateSubnets: ReadonlySet<string>,
): FargateProfileConfig {
  const role = podExecutionRoleArn.split('/').at(-1) ?? ''
  // The roles of eksctl's stacks, and of `up`: made anew with the cluster.
  const isMade = [fargateStackName(cluster), clusterStackName(cluster)].some((stack) =>
    role.startsWith(`${stack}-`),
  )
  const isUsual = subnets.length === privateSubnets.size && subnets.every((id) => privateSubnets.has(id))
  const own = ownTags(tags)
  return {
    name: fargateProfileName,
    selectors: selectors.map(({ namespace = '', labels = {} }) =>
      Object.keys(labels).length === 0 ? { namespace } : { namespace, labels },
    ),
    ...(isMade ? {} : { podExecutionRoleARN: podExecutionRoleArn }),
    ...(isUsual ? {} : { subnets }),
    ...(Object.keys(own).length === 0 ? {} : { tags: own }),
  }
}

async function importAddons(cloud: Cloud, clusterName: string): Promise<readonly AddonConfig[]> {
  const { addons = [] } = await cloud.eks.send(new ListAddonsCommand({ clusterName }))
  return Promise.all(
    addons.map(async (addonName) => {
      const { addon } = await cloud.eks.send(new DescribeAddonCommand({ clusterName, addonName }))
      const { addonVersion, configurationValues } = addon ?? {}
      return {
        name: addonName,
        ...(addonVersion === undefined ? {} : { version: addonVersion }),
        ...(configurationValues === undefined || configurationValues === '' ? {} : { configurationValues }),
      }
    }),
  )
}

async function importPodIdentities(cloud: Cloud, clusterName: string): Promise<readonly PodIdentityConfig[]> {
  const { associations = [] } = await cloud.eks.send(new ListPodIdentityAssociationsCommand({ clusterName }))
  // Those of add-ons come with the add-on.
  const own = associations.filter(({ ownerArn }) => ownerArn === undefined)
  return Promise.all(
    own.map(async ({ associationId, namespace = '', serviceAccount = '' }) => {
      const { association } = await cloud.eks.send(
        new DescribePodIdentityAssociationCommand({ clusterName, associationId }),
      )
      const roleARN = association?.roleArn
      return { namespace, serviceAccountName: serviceAccount, ...(roleARN === undefined ? {} : { roleARN }) }
    }),
  )
}

// What a role may do is not read; that of the load balancer controller is known.
function accountOf({
  metadata: { name, namespace = 'default', annotations },
}: ServiceAccount): readonly IamServiceAccount[] {
  const attachRoleARN = annotations?.[ROLE_ANNOTATION]
  if (attachRoleARN === undefined) return []
  // Those of add-ons come with the add-on.
  const isController = name === CONTROLLER.name && namespace === CONTROLLER.namespace
  if (namespace === CONTROLLER.namespace && !isController) return []
  const rights = isController ? { wellKnownPolicies: { awsLoadBalancerController: true } } : { attachRoleARN }
  return [{ metadata: { name, namespace }, ...rights }]
}

function notesOn(accounts: readonly IamServiceAccount[]): readonly string[] {
  return accounts
    .filter(({ attachRoleARN }) => attachRoleARN !== undefined)
    .map(
      ({ metadata, attachRoleARN }) =>
        `service account ${metadata.namespace}/${metadata.name}: its role ${attachRoleARN} is named, not made`,
    )
}
