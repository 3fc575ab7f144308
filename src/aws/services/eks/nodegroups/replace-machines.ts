// Owns giving a group other machines: a new template version, then one instance after the other.
import type {
  DescribeInstancesResult,
  DescribeLaunchTemplateVersionsResult,
  Instance,
} from '@aws-sdk/client-ec2'

import { deepEqual } from '../../../../base/json.ts'
import type { ClusterRecord, Eks, NodegroupRecord } from '../state.ts'
import { imageId } from './labels.ts'
import { findGroup, resourceName, templateData } from './machines.ts'

/** Replaces at most one instance of an older image or template. @returns true once none is left */
export async function replaceOutdated(
  eks: Eks,
  cluster: ClusterRecord,
  record: NodegroupRecord,
): Promise<boolean> {
  await ensureTemplate(eks, cluster, record)
  const group = await findGroup(eks, record)
  const ids = (group?.Instances ?? []).map((instance) => instance.InstanceId ?? '')
  if (ids.length < (group?.DesiredCapacity ?? 0)) return false
  if (ids.length === 0) return true
  const { Reservations = [] } = await eks.deps.caller.call<DescribeInstancesResult>(
    'ec2',
    'DescribeInstances',
    {
      InstanceIds: ids,
    },
  )
  const instances = Reservations.flatMap((reservation) => reservation.Instances ?? [])
  // One that is still starting or going is waited for first, so that the group never loses two at once.
  if (instances.some((instance) => instance.State?.Name !== 'running')) return false
  const outdated = instances.find((instance) => isOutdated(record, instance))
  if (!outdated) return true
  await eks.deps.caller.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
    InstanceId: outdated.InstanceId,
    ShouldDecrementDesiredCapacity: false,
  })
  return false
}

// A group with an image of the caller's own has it in the template; every other one runs the image of its release.
function isOutdated(record: NodegroupRecord, { ImageId, LaunchTime }: Instance): boolean {
  if (record.replacesAll && Number(LaunchTime ?? 0) < record.modifiedAtMs) return true
  return ImageId !== imageId(record)
}

async function ensureTemplate(eks: Eks, cluster: ClusterRecord, record: NodegroupRecord): Promise<void> {
  const LaunchTemplateName = resourceName(record)
  const { LaunchTemplateVersions = [] } = await eks.deps.caller.call<DescribeLaunchTemplateVersionsResult>(
    'ec2',
    'DescribeLaunchTemplateVersions',
    { LaunchTemplateName, Versions: ['$Latest'] },
  )
  const wanted = await templateData(eks, cluster, record)
  if (deepEqual(LaunchTemplateVersions[0]?.LaunchTemplateData, wanted)) return
  await eks.deps.caller.call('ec2', 'CreateLaunchTemplateVersion', {
    LaunchTemplateName,
    LaunchTemplateData: wanted,
  })
}
