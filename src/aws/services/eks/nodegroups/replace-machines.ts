// Owns giving the machines of a group another image: a new template version, then one instance after the other.
import type { DescribeInstancesResult, DescribeLaunchTemplateVersionsResult } from '@aws-sdk/client-ec2'

import type { Eks, NodegroupRecord } from '../state.ts'
import { imageId } from './labels.ts'
import { findGroup, resourceName } from './machines.ts'

/** Replaces at most one instance of an older image. @returns true once none is left */
export async function replaceOutdated(eks: Eks, record: NodegroupRecord): Promise<boolean> {
  const wanted = imageId(record)
  await ensureTemplate(eks, record, wanted)
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
  const outdated = instances.find((instance) => instance.ImageId !== wanted)
  if (!outdated) return true
  await eks.deps.caller.call('autoscaling', 'TerminateInstanceInAutoScalingGroup', {
    InstanceId: outdated.InstanceId,
    ShouldDecrementDesiredCapacity: false,
  })
  return false
}

async function ensureTemplate(eks: Eks, record: NodegroupRecord, wanted: string): Promise<void> {
  const LaunchTemplateName = resourceName(record)
  const { LaunchTemplateVersions = [] } = await eks.deps.caller.call<DescribeLaunchTemplateVersionsResult>(
    'ec2',
    'DescribeLaunchTemplateVersions',
    { LaunchTemplateName, Versions: ['$Latest'] },
  )
  const latest = LaunchTemplateVersions[0]?.LaunchTemplateData
  if (latest?.ImageId === wanted) return
  await eks.deps.caller.call('ec2', 'CreateLaunchTemplateVersion', {
    LaunchTemplateName,
    LaunchTemplateData: { ...latest, ImageId: wanted },
  })
}
