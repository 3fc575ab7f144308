// Owns who else may make volumes of a snapshot. There is one account here: it is kept and shown.
import type {
  DescribeSnapshotAttributeRequest,
  DescribeSnapshotAttributeResult,
  ModifySnapshotAttributeRequest,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { need, type Ec2State } from './state.ts'
import { changedGrants, grantsOf } from './grants.ts'

/** DescribeSnapshotAttribute. @throws AwsError InvalidSnapshot.NotFound */
export const describeSnapshotAttribute = operation<
  Ec2State,
  DescribeSnapshotAttributeRequest,
  DescribeSnapshotAttributeResult
>()({
  honours: ['SnapshotId', 'Attribute'],
  handle: (input, ec2) => {
    const snapshot = need(ec2.snapshots, 'snapshot', input.SnapshotId)
    return input.Attribute === 'productCodes'
      ? { SnapshotId: snapshot.id, ProductCodes: [] }
      : { SnapshotId: snapshot.id, CreateVolumePermissions: grantsOf(snapshot) }
  },
})

/** ModifySnapshotAttribute: by the two lists, or by an operation on one. @throws AwsError InvalidSnapshot.NotFound */
export const modifySnapshotAttribute = operation<Ec2State, ModifySnapshotAttributeRequest, void>()({
  honours: ['SnapshotId'],
  keeps: [
    'Attribute',
    'OperationType',
    'UserIds',
    'GroupNames',
    'CreateVolumePermission.Add[].Group',
    'CreateVolumePermission.Add[].UserId',
    'CreateVolumePermission.Remove[].Group',
    'CreateVolumePermission.Remove[].UserId',
  ],
  handle: async (input, ec2) => {
    const { OperationType, UserIds, GroupNames, CreateVolumePermission: changes } = input
    await ec2.deps.store.transact((tx) => {
      const snapshot = need(ec2.snapshots, 'snapshot', input.SnapshotId)
      const wish = { operation: OperationType, users: UserIds, groups: GroupNames, changes }
      ec2.snapshots.putIn(tx, snapshot.id, changedGrants(snapshot, wish))
    })
  },
})
