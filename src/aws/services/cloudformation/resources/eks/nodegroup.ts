// Owns the resource type AWS::EKS::Nodegroup.
import type { DescribeNodegroupResponse, Nodegroup } from '@aws-sdk/client-eks'

import { isTemplateObject, type TemplateObject } from '../../template/template.ts'
import { generatedName } from '../generated-name.ts'
import { lowered, membersOf, type Members, objectsOf, textAt } from '../members.ts'
import { valueAt } from '../property-path.ts'
import type { Change, ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { described, partCreation, removeWith, stateOf, tagsStep, ticketOf, updateProgress } from './eks.ts'

const SCALING: Members = {
  'ScalingConfig.MinSize': 'scalingConfig.minSize',
  'ScalingConfig.MaxSize': 'scalingConfig.maxSize',
  'ScalingConfig.DesiredSize': 'scalingConfig.desiredSize',
}
const UPDATE: Members = {
  'UpdateConfig.MaxUnavailable': 'updateConfig.maxUnavailable',
  'UpdateConfig.MaxUnavailablePercentage': 'updateConfig.maxUnavailablePercentage',
}
const REPAIR: Members = {
  'NodeRepairConfig.Enabled': 'nodeRepairConfig.enabled',
  'NodeRepairConfig.MaxUnhealthyNodeThresholdCount': 'nodeRepairConfig.maxUnhealthyNodeThresholdCount',
  'NodeRepairConfig.MaxUnhealthyNodeThresholdPercentage':
    'nodeRepairConfig.maxUnhealthyNodeThresholdPercentage',
  'NodeRepairConfig.MaxParallelNodesRepairedCount': 'nodeRepairConfig.maxParallelNodesRepairedCount',
  'NodeRepairConfig.MaxParallelNodesRepairedPercentage':
    'nodeRepairConfig.maxParallelNodesRepairedPercentage',
  'NodeRepairConfig.NodeRepairConfigOverrides': lowered('nodeRepairConfig.nodeRepairConfigOverrides'),
}
const TEMPLATE: Members = {
  'LaunchTemplate.Id': 'launchTemplate.id',
  'LaunchTemplate.Name': 'launchTemplate.name',
  'LaunchTemplate.Version': 'launchTemplate.version',
}
const VERSION: Members = { Version: 'version', ReleaseVersion: 'releaseVersion', ...TEMPLATE }
const CREATION: Members = {
  ClusterName: 'clusterName',
  NodeRole: 'nodeRole',
  Subnets: 'subnets',
  AmiType: 'amiType',
  CapacityType: 'capacityType',
  InstanceTypes: 'instanceTypes',
  DiskSize: 'diskSize',
  RemoteAccess: lowered('remoteAccess'),
  // Keys of labels are the user's own: they keep their spelling.
  Labels: 'labels',
  Taints: lowered('taints'),
  ...SCALING,
  ...UPDATE,
  ...REPAIR,
  ...VERSION,
}

function keyOf(physicalId: string): { clusterName: string; nodegroupName: string } {
  const [clusterName = '', nodegroupName = ''] = physicalId.split('/')
  return { clusterName, nodegroupName }
}

async function describe(physicalId: string, context: ResourceContext): Promise<Nodegroup> {
  const answer = await context.call<DescribeNodegroupResponse>('eks', 'DescribeNodegroup', keyOf(physicalId))
  return answer.nodegroup ?? {}
}

function idOf(properties: TemplateObject, context: ResourceContext): string {
  const name = textAt(properties, 'NodegroupName') ?? generatedName(context, 63)
  return `${textAt(properties, 'ClusterName')}/${name}`
}

const progress: Step['progress'] = (physicalId, ticket, context) => {
  const { clusterName: name, nodegroupName } = keyOf(physicalId)
  return updateProgress(context, { name, nodegroupName }, ticket)
}

interface Taint {
  readonly key?: string
  readonly effect?: string
}

function labelsChange({ before, after }: Change): object {
  const old = valueAt(before, 'Labels')
  const next = valueAt(after, 'Labels')
  const labels = isTemplateObject(next) ? next : {}
  const removeLabels = isTemplateObject(old) ? Object.keys(old).filter((key) => !(key in labels)) : []
  return {
    labels: {
      ...(Object.keys(labels).length > 0 ? { addOrUpdateLabels: labels } : {}),
      ...(removeLabels.length > 0 ? { removeLabels } : {}),
    },
  }
}

function taintsChange({ before, after }: Change): object {
  const taintsIn = (properties: TemplateObject): Taint[] =>
    objectsOf(valueAt(properties, 'Taints')).map((taint) =>
      membersOf({ Key: 'key', Value: 'value', Effect: 'effect' }, taint),
    )
  const next = taintsIn(after)
  const removeTaints = taintsIn(before).filter(
    (taint) => !next.some(({ key, effect }) => key === taint.key && effect === taint.effect),
  )
  return {
    taints: {
      ...(next.length > 0 ? { addOrUpdateTaints: next } : {}),
      ...(removeTaints.length > 0 ? { removeTaints } : {}),
    },
  }
}

const configStep: Step = {
  operations: ['eks:UpdateNodegroupConfig'],
  on: ['Labels', 'Taints', ...Object.keys({ ...SCALING, ...UPDATE, ...REPAIR })],
  run: async (change, context) =>
    ticketOf(
      await context.call('eks', 'UpdateNodegroupConfig', {
        ...keyOf(change.physicalId),
        ...membersOf({ ...SCALING, ...UPDATE, ...REPAIR }, change.after),
        ...labelsChange(change),
        ...taintsChange(change),
      }),
    ),
  progress,
}

/** A rolling update of the nodes: template reference, "Update requires: No interruption" for all four. */
const versionStep: Step = {
  operations: ['eks:UpdateNodegroupVersion'],
  on: Object.keys(VERSION),
  reads: ['ForceUpdateEnabled'],
  run: async ({ physicalId, after }, context) =>
    ticketOf(
      await context.call('eks', 'UpdateNodegroupVersion', {
        ...keyOf(physicalId),
        ...membersOf({ ...VERSION, ForceUpdateEnabled: 'force' }, after),
      }),
    ),
  progress,
  isDone: async ({ physicalId, after }, context) => {
    const found = await describe(physicalId, context)
    const isSame = (path: string, current: string | undefined): boolean => {
      const wanted = textAt(after, path)
      return wanted === undefined || wanted === current
    }
    return (
      isSame('Version', found.version) &&
      isSame('ReleaseVersion', found.releaseVersion) &&
      isSame('LaunchTemplate.Version', found.launchTemplate?.version)
    )
  },
}

// As eksctl's users see it, eksctl-io/eksctl#4544.
function failureOf({ nodegroupName, health }: Nodegroup): string {
  const issues = (health?.issues ?? []).map(
    ({ code, message, resourceIds = [] }) =>
      `{Code: ${code},Message: ${message},ResourceIds: [${resourceIds.join(', ')}]}`,
  )
  return `Nodegroup ${nodegroupName} failed to stabilize: [${issues.join(', ')}]`
}

export const nodegroup: ResourceType = {
  name: 'AWS::EKS::Nodegroup',
  customName: 'NodegroupName',
  create: partCreation({
    operation: 'CreateNodegroup',
    members: CREATION,
    name: 'NodegroupName',
    idOf,
    keyOf,
    describe,
  }),
  update: [
    configStep,
    versionStep,
    tagsStep(async (id, context) => (await describe(id, context)).nodegroupArn ?? ''),
  ],
  defaults: { 'UpdateConfig.UpdateStrategy': 'DEFAULT' },
  attributes: ['Arn', 'ClusterName', 'Id', 'NodegroupName'],
  read: async (id, context) => {
    const found = await describe(id, context)
    const { clusterName, nodegroupName } = keyOf(id)
    const attributes = {
      Arn: found.nodegroupArn ?? '',
      Id: id,
      ClusterName: clusterName,
      NodegroupName: nodegroupName,
    }
    return stateOf(found.status, attributes, failureOf(found))
  },
  actual: described(CREATION, describe),
  remove: (id, context) =>
    removeWith(context, { remove: 'DeleteNodegroup', look: 'DescribeNodegroup' }, keyOf(id)),
}
