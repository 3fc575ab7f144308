// Owns the end of what EKS Auto Mode has made in AWS for a cluster: machines and the profiles of their roles.
import type { DescribeInstancesResult } from '@aws-sdk/client-ec2'
import type { ListInstanceProfilesResponse, ListInstanceProfileTagsResponse } from '@aws-sdk/client-iam'

import { isAwsCode } from '../../../../base/errors.ts'

import type { AwsCaller } from '../../../protocol/service.ts'
import { CLUSTER_TAG, isAutoProfile } from '../../../../rules/auto-mode/tags.ts'
import type { Eks } from '../state.ts'

/** Ends what there is of a cluster that goes, or that is no longer in Auto Mode; may be repeated. */
export async function endAutoMode(eks: Eks, clusterName: string): Promise<void> {
  await endMachines(eks, clusterName)
  await removeProfiles(eks, clusterName)
}

async function endMachines(eks: Eks, clusterName: string): Promise<void> {
  const { Reservations = [] } = await eks.deps.caller.call<DescribeInstancesResult>(
    'ec2',
    'DescribeInstances',
    {
      Filters: [
        { Name: `tag:${CLUSTER_TAG}`, Values: [clusterName] },
        { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
      ],
    },
  )
  const InstanceIds = Reservations.flatMap(({ Instances = [] }) =>
    Instances.flatMap(({ InstanceId }) => InstanceId ?? []),
  )
  if (InstanceIds.length > 0) await eks.deps.caller.call('ec2', 'TerminateInstances', { InstanceIds })
}

async function removeProfiles({ deps: { caller } }: Eks, clusterName: string): Promise<void> {
  type Listed = ListInstanceProfilesResponse
  let Marker: string | undefined
  do {
    const page: Listed = await caller.call<Listed>('iam', 'ListInstanceProfiles', Marker ? { Marker } : {})
    for (const { InstanceProfileName = '', Roles = [] } of page.InstanceProfiles ?? []) {
      const isOurs =
        isAutoProfile(InstanceProfileName) && (await clusterOf(caller, InstanceProfileName)) === clusterName
      if (!isOurs) continue
      for (const { RoleName } of Roles) {
        await unlessGone(() =>
          caller.call('iam', 'RemoveRoleFromInstanceProfile', { InstanceProfileName, RoleName }),
        )
      }
      await unlessGone(() => caller.call('iam', 'DeleteInstanceProfile', { InstanceProfileName }))
    }
    Marker = page.Marker
  } while (Marker !== undefined)
}

async function clusterOf(caller: AwsCaller, InstanceProfileName: string): Promise<string | undefined> {
  const { Tags = [] } = await caller.call<ListInstanceProfileTagsResponse>('iam', 'ListInstanceProfileTags', {
    InstanceProfileName,
  })
  return Tags.find(({ Key }) => Key === CLUSTER_TAG)?.Value
}

async function unlessGone(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove()
  } catch (error) {
    if (!isAwsCode(error, 'NoSuchEntity', 'NoSuchEntityException')) throw error
  }
}
