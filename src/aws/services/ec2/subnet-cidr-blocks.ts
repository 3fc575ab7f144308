// Owns giving a subnet that is there its IPv6 block, and taking it away.
import type {
  AssociateSubnetCidrBlockRequest,
  AssociateSubnetCidrBlockResult,
  DisassociateSubnetCidrBlockRequest,
  DisassociateSubnetCidrBlockResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { invalidParameterValue, missingParameter } from './errors.ts'
import { showSubnetBlock6, subnetBlock6 } from './ipv6.ts'
import { need, type Ec2State } from './state.ts'

/**
 * AssociateSubnetCidrBlock: "You can only associate a single IPv6 CIDR block with your subnet."
 * @throws AwsError InvalidSubnetID.NotFound, InvalidSubnet.Range, InvalidSubnet.Conflict, InvalidParameterValue
 */
export const associateSubnetCidrBlock = operation<
  Ec2State,
  AssociateSubnetCidrBlockRequest,
  AssociateSubnetCidrBlockResult
>()({
  honours: ['SubnetId', 'Ipv6CidrBlock'],
  handle: async (input, ec2) => {
    const { Ipv6CidrBlock: text } = input
    if (text === undefined) throw missingParameter('ipv6CidrBlock')
    return await ec2.deps.store.transact((tx) => {
      const subnet = need(ec2.subnets, 'subnet', input.SubnetId)
      if (subnet.cidr6) {
        // The words are Neargate's: those of AWS were not found.
        throw invalidParameterValue(`The subnet '${subnet.id}' already has an IPv6 CIDR block.`)
      }
      const cidr6 = subnetBlock6(ec2, subnet.vpcId, text)
      ec2.subnets.putIn(tx, subnet.id, { ...subnet, cidr6 })
      return { SubnetId: subnet.id, Ipv6CidrBlockAssociation: showSubnetBlock6(cidr6, 'associating') }
    })
  },
})

/**
 * DisassociateSubnetCidrBlock.
 * @throws AwsError InvalidSubnetCidrBlockAssociationID.NotFound, InvalidCidrBlock.InUse
 */
export const disassociateSubnetCidrBlock = operation<
  Ec2State,
  DisassociateSubnetCidrBlockRequest,
  DisassociateSubnetCidrBlockResult
>()({
  honours: ['AssociationId'],
  handle: async (input, ec2) =>
    await ec2.deps.store.transact((tx) => {
      const id = input.AssociationId ?? ''
      const found = ec2.subnets.list().find(({ cidr6 }) => cidr6?.associationId === id)
      if (!found?.cidr6) {
        throw new AwsError(
          'InvalidSubnetCidrBlockAssociationID.NotFound',
          `The subnet CIDR block with association ID (${id}) does not exist`,
        )
      }
      const { cidr6, ...subnet } = found
      const isUsed = ec2.interfaces
        .list()
        .some(({ subnetId, ips6 = [] }) => subnetId === subnet.id && ips6.length > 0)
      if (isUsed) {
        throw new AwsError(
          'InvalidCidrBlock.InUse',
          `The subnet ${subnet.id} has network interfaces with addresses within ${cidr6.cidr}`,
        )
      }
      ec2.subnets.putIn(tx, subnet.id, subnet)
      return { SubnetId: subnet.id, Ipv6CidrBlockAssociation: showSubnetBlock6(cidr6, 'disassociating') }
    }),
})
