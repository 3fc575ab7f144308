// Owns which IAM instance profile an instance has, and changing it while it runs.
// Source: EC2 user guide, "Attach an IAM role to an instance".
import type {
  AssociateIamInstanceProfileRequest,
  AssociateIamInstanceProfileResult,
  DescribeIamInstanceProfileAssociationsRequest,
  DescribeIamInstanceProfileAssociationsResult,
  DisassociateIamInstanceProfileRequest,
  DisassociateIamInstanceProfileResult,
  IamInstanceProfileAssociation,
  IamInstanceProfileAssociationState,
  ReplaceIamInstanceProfileAssociationRequest,
  ReplaceIamInstanceProfileAssociationResult,
} from '@aws-sdk/client-ec2'

import { AwsError, isAwsCode } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { select, type FilterTable } from './filters.ts'
import { LISTED } from './members.ts'
import { need, type Ec2State, type InstanceRecord } from './state.ts'

// An instance has one profile at most: the association is known by the instance's digits.
function associationId({ id }: InstanceRecord): string {
  return id.replace(/^i-/, 'iip-assoc-')
}

function show(
  record: InstanceRecord,
  State: IamInstanceProfileAssociationState,
): IamInstanceProfileAssociation {
  return {
    AssociationId: associationId(record),
    InstanceId: record.id,
    IamInstanceProfile: { Arn: record.profileArn, Id: record.profileId },
    State,
  }
}

/** An instance profile as an instance keeps it. */
export interface Profile {
  readonly profileArn: string
  readonly profileId: string
}

/** Looks the profile up that a request names. @throws AwsError InvalidParameterValue */
export async function findProfile(
  ec2: Ec2State,
  wanted: { readonly Arn?: string | undefined; readonly Name?: string | undefined } | undefined,
): Promise<Profile> {
  const name = wanted?.Name ?? wanted?.Arn?.split('/').at(-1) ?? ''
  type Answer = { readonly InstanceProfile: { readonly Arn: string; readonly InstanceProfileId: string } }
  try {
    const { InstanceProfile } = await ec2.deps.caller.call<Answer>('iam', 'GetInstanceProfile', {
      InstanceProfileName: name,
    })
    return { profileArn: InstanceProfile.Arn, profileId: InstanceProfile.InstanceProfileId }
  } catch (error) {
    if (!isAwsCode(error, 'NoSuchEntity')) throw error
    const said = wanted?.Name === undefined ? 'Arn' : 'Name'
    throw new AwsError(
      'InvalidParameterValue',
      `Value (${wanted?.Name ?? wanted?.Arn}) for parameter iamInstanceProfile.${said.toLowerCase()} is invalid. Invalid IAM Instance Profile ${said === 'Arn' ? 'ARN' : 'name'}`,
    )
  }
}

/**
 * AssociateIamInstanceProfile.
 * @throws AwsError InvalidInstanceID.NotFound, InvalidParameterValue, IncorrectState
 */
export const associateIamInstanceProfile = operation<
  Ec2State,
  AssociateIamInstanceProfileRequest,
  AssociateIamInstanceProfileResult
>()({
  honours: ['InstanceId', 'IamInstanceProfile.Arn', 'IamInstanceProfile.Name'],
  handle: async (input, ec2) => {
    const profile = await findProfile(ec2, input.IamInstanceProfile)
    return await ec2.deps.store.transact((tx) => {
      const record = need(ec2.instances, 'instance', input.InstanceId)
      if (record.profileArn !== undefined) {
        throw new AwsError('IncorrectState', `There is an existing association for instance ${record.id}`)
      }
      const next = { ...record, ...profile }
      ec2.instances.putIn(tx, record.id, next)
      return { IamInstanceProfileAssociation: show(next, 'associating') }
    })
  },
})

/** The instance of an association. @throws AwsError NoSuchAssociation */
function associated(ec2: Ec2State, id: string | undefined): InstanceRecord {
  const record = ec2.instances.get((id ?? '').replace(/^iip-assoc-/, 'i-'))
  if (record?.profileArn !== undefined && record.state !== 'terminated') return record
  throw new AwsError('NoSuchAssociation', `An invalid association-id of '${id}' was given`)
}

/** DisassociateIamInstanceProfile. @throws AwsError NoSuchAssociation */
export const disassociateIamInstanceProfile = operation<
  Ec2State,
  DisassociateIamInstanceProfileRequest,
  DisassociateIamInstanceProfileResult
>()({
  honours: ['AssociationId'],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const record = associated(ec2, input.AssociationId)
      const { profileArn: _arn, profileId: _id, ...rest } = record
      ec2.instances.putIn(tx, record.id, rest)
      return { IamInstanceProfileAssociation: show(record, 'disassociating') }
    }),
})

/** ReplaceIamInstanceProfileAssociation. @throws AwsError NoSuchAssociation, InvalidParameterValue */
export const replaceIamInstanceProfileAssociation = operation<
  Ec2State,
  ReplaceIamInstanceProfileAssociationRequest,
  ReplaceIamInstanceProfileAssociationResult
>()({
  honours: ['AssociationId', 'IamInstanceProfile.Arn', 'IamInstanceProfile.Name'],
  handle: async (input, ec2) => {
    associated(ec2, input.AssociationId)
    const profile = await findProfile(ec2, input.IamInstanceProfile)
    return await ec2.deps.store.transact((tx) => {
      const next = { ...associated(ec2, input.AssociationId), ...profile }
      ec2.instances.putIn(tx, next.id, next)
      return { IamInstanceProfileAssociation: show(next, 'associating') }
    })
  },
})

const FILTERS: FilterTable<InstanceRecord> = {
  'instance-id': ({ id }) => id,
  state: () => 'associated',
}

/** DescribeIamInstanceProfileAssociations. @throws AwsError NoSuchAssociation */
export const describeProfileAssociations = operation<
  Ec2State,
  DescribeIamInstanceProfileAssociationsRequest,
  DescribeIamInstanceProfileAssociationsResult
>()({
  honours: ['AssociationIds', ...LISTED],
  handle: (input, ec2) => {
    const records = input.AssociationIds?.length
      ? input.AssociationIds.map((id) => associated(ec2, id))
      : ec2.instances
          .list()
          .filter(({ profileArn, state }) => profileArn !== undefined && state !== 'terminated')
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return {
      IamInstanceProfileAssociations: items.map((record) => show(record, 'associated')),
      NextToken: token,
    }
  },
})
