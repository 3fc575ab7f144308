// Owns CreateNodegroup: checks the request and records a group that the reconciler then builds.
import type { CreateNodegroupRequest, CreateNodegroupResponse } from '@aws-sdk/client-eks'

import { operation, type Declared } from '../../../protocol/operation.ts'
import { describeSubnets } from '../clusters/network.ts'
import { requestToken } from '../client-token.ts'
import { inUse, invalidParameter } from '../errors.ts'
import { findActiveCluster } from '../lookup.ts'
import { checkNodeRole } from '../roles.ts'
import { quotaFor, tooManyNodegroups } from '../quotas.ts'
import { type ClusterRecord, type Eks, type NodegroupRecord, startClock } from '../state.ts'
import { checkInstanceTypes, checkLabels, checkTemplate, defaultInstanceType } from './check.ts'
import { findOwnTemplate, type OwnTemplate } from './own-template.ts'
import { chooseRelease } from './release.ts'
import { checkRemoteAccess, REMOTE_ACCESS } from './remote-access.ts'
import { REPAIR } from './repair.ts'
import { chooseScaling } from './scaling.ts'
import { showNodegroup } from './show.ts'

const CREATE_NODEGROUP_MS = 2 * 60_000
const HONOURED = [
  'clusterName',
  'nodegroupName',
  'subnets',
  'nodeRole',
  'scalingConfig.minSize',
  'scalingConfig.maxSize',
  'scalingConfig.desiredSize',
  'diskSize',
  'instanceTypes',
  'amiType',
  'capacityType',
  'version',
  'releaseVersion',
  'labels',
  'taints[].key',
  'taints[].value',
  'taints[].effect',
  'launchTemplate.id',
  'launchTemplate.name',
  'launchTemplate.version',
  'tags',
  'clientRequestToken',
  'updateConfig.maxUnavailable',
  'updateConfig.maxUnavailablePercentage',
  'updateConfig.updateStrategy',
  ...REMOTE_ACCESS,
] as const

type Input = Declared<CreateNodegroupRequest, (typeof HONOURED | typeof REPAIR)[number]>

/** @throws AwsError ResourceInUseException, InvalidParameterException, InvalidRequestException, ResourceNotFoundException */
export const createNodegroup = operation<Eks, CreateNodegroupRequest, CreateNodegroupResponse>()({
  honours: HONOURED,
  keeps: REPAIR,
  handle: async (input, eks) => {
    const cluster = findActiveCluster(eks, input.clusterName)
    const clusterName = cluster.cluster.name
    const nodegroupName = input.nodegroupName ?? ''
    const key = `${clusterName}/${nodegroupName}`
    const known = findEarlier(eks, key, input)
    if (known) return { nodegroup: showNodegroup(known) }
    refuse(cluster, input)
    await checkRemoteAccess(eks, input.remoteAccess, input.launchTemplate !== undefined)
    await checkNodeRole(eks, input.nodeRole ?? '')
    await describeSubnets(eks, input.subnets ?? [])
    const template = input.launchTemplate && (await findOwnTemplate(eks, input.launchTemplate))
    if (template) checkTemplate(template.data, input)
    const record = draft({ input, eks, cluster, template })
    const most = await quotaFor(eks, 'nodegroups')
    return await eks.deps.store.transact((tx) => {
      // It may be on its way out by now.
      findActiveCluster(eks, clusterName)
      const earlier = findEarlier(eks, key, input)
      const present = eks.tables.nodegroups.list(`${clusterName}/`).length
      if (!earlier && present >= most) throw tooManyNodegroups(clusterName, most)
      if (!earlier) eks.tables.nodegroups.putIn(tx, key, record)
      return { nodegroup: showNodegroup(earlier ?? record) }
    })
  },
})

/** The group that this very request has made. @throws AwsError ResourceInUseException for another one of the name */
function findEarlier(eks: Eks, key: string, input: Input): NodegroupRecord | undefined {
  const existing = eks.tables.nodegroups.get(key)
  if (!existing || (existing.token !== undefined && existing.token === requestToken(input))) return existing
  throw taken(input.clusterName ?? '', input.nodegroupName ?? '')
}

function taken(clusterName: string, nodegroupName: string) {
  return inUse(`NodeGroup already exists with name ${nodegroupName} and cluster name ${clusterName}`, {
    clusterName,
    nodegroupName,
  })
}

function refuse(cluster: ClusterRecord, input: Input): void {
  checkLabels(input.labels)
  if (input.launchTemplate && input.diskSize !== undefined) {
    throw invalidParameter('Disk size must be specified within the launch template.')
  }
  if (input.version && input.version !== cluster.cluster.version) {
    const [node, control] = [input.version, cluster.cluster.version ?? ''].map((text) =>
      Number(text.split('.')[1]),
    )
    if ((node ?? 0) > (control ?? 0)) {
      throw invalidParameter(
        `Requested Nodegroup version ${input.version} is greater than the cluster version ${cluster.cluster.version}`,
      )
    }
  }
}

function draft(from: {
  input: Input
  eks: Eks
  cluster: ClusterRecord
  template: OwnTemplate | undefined
}): NodegroupRecord {
  const { input, eks, cluster, template } = from
  const { region, accountId, ids } = eks.deps
  const clusterName = cluster.cluster.name
  const nodegroupName = input.nodegroupName ?? ''
  const uuid = ids.uuid()
  const version = input.version ?? cluster.cluster.version ?? ''
  const hasOwnImage = template?.data.ImageId !== undefined
  const amiType = hasOwnImage ? 'CUSTOM' : (input.amiType ?? defaultAmiType(version))
  const ownType = template?.data.InstanceType
  const instanceTypes = input.instanceTypes?.length ? input.instanceTypes : [defaultInstanceType(amiType)]
  checkInstanceTypes(amiType, ownType ? [ownType] : instanceTypes)
  return {
    ...startClock(eks, CREATE_NODEGROUP_MS, requestToken(input)),
    uuid,
    nodegroup: {
      nodegroupName,
      nodegroupArn: `arn:aws:eks:${region}:${accountId}:nodegroup/${clusterName}/${nodegroupName}/${uuid}`,
      clusterName,
      version,
      releaseVersion:
        template?.data.ImageId ??
        chooseRelease(
          { amiType, kubernetesVersion: version, atMs: eks.deps.clock.now() },
          input.releaseVersion,
        ),
      status: 'CREATING',
      capacityType: input.capacityType ?? 'ON_DEMAND',
      scalingConfig: chooseScaling(input.scalingConfig),
      ...(ownType ? {} : { instanceTypes }),
      subnets: input.subnets ?? [],
      amiType,
      nodeRole: input.nodeRole,
      ...(input.remoteAccess ? { remoteAccess: input.remoteAccess } : {}),
      labels: input.labels ?? {},
      ...(input.taints?.length ? { taints: input.taints } : {}),
      resources: { autoScalingGroups: [{ name: `eks-${nodegroupName}-${uuid}` }] },
      health: { issues: [] },
      updateConfig: input.updateConfig ?? { maxUnavailable: 1 },
      ...(input.nodeRepairConfig ? { nodeRepairConfig: input.nodeRepairConfig } : {}),
      ...(template
        ? { launchTemplate: template.specification }
        : { diskSize: input.diskSize ?? defaultDiskGiB(amiType) }),
      tags: input.tags ?? {},
    },
  }
}

// "The default disk size is 20 GiB for Linux and Bottlerocket. The default disk size is 50 GiB for Windows."
function defaultDiskGiB(amiType: string): number {
  return amiType.startsWith('WINDOWS') ? 50 : 20
}

// EKS user guide: AL2023 is the default from 1.30 on, AL2 before.
function defaultAmiType(version: string): 'AL2023_x86_64_STANDARD' | 'AL2_x86_64' {
  return Number(version.split('.')[1]) >= 30 ? 'AL2023_x86_64_STANDARD' : 'AL2_x86_64'
}
