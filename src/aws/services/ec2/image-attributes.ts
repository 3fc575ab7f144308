// Owns attributes of the account's own images: what they are called, and who else may launch them.
import type {
  DescribeImageAttributeRequest,
  ImageAttribute,
  ModifyImageAttributeRequest,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { machineImages } from '../../../rules/nodes/machine-images.ts'
import { operation } from '../../protocol/operation.ts'
import { notEmulated } from './errors.ts'
import { changedGrants, grantsOf, invalidItem } from './grants.ts'
import { needOwn, showOwn } from './own-images.ts'
import type { Ec2State, ImageRecord } from './state.ts'

// Those that an image has.
const ATTRIBUTES: readonly string[] = [
  'description',
  'launchPermission',
  'productCodes',
  'sriovNetSupport',
  'bootMode',
  'blockDeviceMapping',
  'kernel',
  'ramdisk',
]

/**
 * DescribeImageAttribute.
 * @throws AwsError InvalidAMIID.NotFound, InvalidAMIID.Unavailable, InvalidRequest, AuthFailure
 */
export const describeImageAttribute = operation<Ec2State, DescribeImageAttributeRequest, ImageAttribute>()({
  honours: ['ImageId', 'Attribute'],
  handle: (input, ec2) => {
    const { ImageId: id, Attribute: name = '' } = input
    if (!ATTRIBUTES.includes(name)) throw new AwsError('InvalidRequest', 'The request received was invalid')
    // Of an image that somebody else shares nobody but its owner is told.
    if (machineImages().some((image) => image.id === id)) {
      throw new AwsError('AuthFailure', 'Unauthorized attempt to access restricted resource', { status: 401 })
    }
    const image = needOwn(ec2, id)
    return { ImageId: image.id, ...attributeOf(ec2, image, input.Attribute) }
  },
})

function attributeOf(
  ec2: Ec2State,
  image: ImageRecord,
  name: DescribeImageAttributeRequest['Attribute'],
): ImageAttribute {
  const shown = showOwn(ec2, image)
  switch (name) {
    case 'description':
      return { Description: { Value: image.description } }
    case 'launchPermission':
      return { LaunchPermissions: grantsOf(image) }
    case 'productCodes':
      return { ProductCodes: [] }
    case 'sriovNetSupport':
      return { SriovNetSupport: { Value: shown.SriovNetSupport } }
    case 'bootMode':
      return { BootMode: { Value: shown.BootMode } }
    case 'blockDeviceMapping':
      return { BlockDeviceMappings: shown.BlockDeviceMappings }
    // A kernel and a RAM disk.
    default:
      return {}
  }
}

/**
 * ModifyImageAttribute.
 * @throws AwsError InvalidAMIID.NotFound, InvalidAMIID.Unavailable, InvalidAMIAttributeItemValue, NotImplemented
 */
export const modifyImageAttribute = operation<Ec2State, ModifyImageAttributeRequest, void>()({
  honours: ['ImageId', 'Description.Value'],
  // There is one account.
  keeps: [
    'Attribute',
    'OperationType',
    'UserIds',
    'UserGroups',
    'LaunchPermission.Add[].Group',
    'LaunchPermission.Add[].UserId',
    'LaunchPermission.Remove[].Group',
    'LaunchPermission.Remove[].UserId',
  ],
  handle: async (input, ec2) => {
    const { Attribute: name, OperationType, UserIds, UserGroups, LaunchPermission, Description } = input
    if (name !== undefined && !['launchPermission', 'description'].includes(name)) {
      throw notEmulated(`ModifyImageAttribute of ${name}`)
    }
    const named = [...(LaunchPermission?.Add ?? []), ...(LaunchPermission?.Remove ?? [])]
    const users = [...(UserIds ?? []), ...named.flatMap(({ UserId }) => UserId ?? [])]
    const foreign = users.find((user) => !/^\d{12}$/.test(user))
    if (foreign !== undefined) throw invalidItem(foreign, 'userId')
    await ec2.deps.store.transact((tx) => {
      const image = needOwn(ec2, input.ImageId)
      const wish = { operation: OperationType, users: UserIds, groups: UserGroups, changes: LaunchPermission }
      const description = Description?.Value ?? image.description
      ec2.images.putIn(tx, image.id, { ...changedGrants(image, wish), description })
    })
  },
})
