import type {
  AssociateVpcCidrBlockResult,
  CreateSubnetResult,
  CreateVpcResult,
  DescribeRouteTablesResult,
  DescribeVpcsResult,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const region = await createTestRegion()
  const call = <T>(operation: string, input: object): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const { Vpc } = await call<CreateVpcResult>('CreateVpc', { CidrBlock: '10.0.0.0/16' })
  const VpcId = Vpc?.VpcId
  const associate = async (CidrBlock: string): Promise<string> => {
    const made = await call<AssociateVpcCidrBlockResult>('AssociateVpcCidrBlock', { VpcId, CidrBlock })
    return made.CidrBlockAssociation?.AssociationId ?? ''
  }
  return { ...region, call, VpcId, primary: Vpc?.CidrBlockAssociationSet?.[0]?.AssociationId, associate }
}

// Pods' addresses are often taken from such a range ("custom networking").
test('subnets are made in a second range, which is local to every route table', async () => {
  const { call, VpcId, associate } = await place()
  const AssociationId = await associate('100.64.0.0/16')
  const subnet = { VpcId, CidrBlock: '100.64.0.0/19' }
  const { Subnet } = await call<CreateSubnetResult>('CreateSubnet', subnet)
  const { Vpcs } = await call<DescribeVpcsResult>('DescribeVpcs', { VpcIds: [VpcId] })
  expect(Vpcs?.[0]?.CidrBlockAssociationSet?.map(({ CidrBlock }) => CidrBlock)).toEqual([
    '10.0.0.0/16',
    '100.64.0.0/16',
  ])
  const { RouteTables } = await call<DescribeRouteTablesResult>('DescribeRouteTables', {
    Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
  })
  const local = RouteTables?.[0]?.Routes?.filter(({ GatewayId }) => GatewayId === 'local')
  expect(local?.map(({ DestinationCidrBlock }) => DestinationCidrBlock)).toEqual([
    '10.0.0.0/16',
    '100.64.0.0/16',
  ])
  await expect(call('DisassociateVpcCidrBlock', { AssociationId })).rejects.toMatchObject({
    code: 'InvalidCidrBlock.InUse',
  })
  await call('DeleteSubnet', { SubnetId: Subnet?.SubnetId })
  await call('DisassociateVpcCidrBlock', { AssociationId })
  await expect(call('CreateSubnet', subnet)).rejects.toMatchObject({ code: 'InvalidSubnet.Range' })
})

test('what overlaps, is too large, too many or the first one is refused', async () => {
  const { call, associate, primary } = await place()
  for (const block of ['10.0.128.0/17', '100.0.0.0/8']) {
    await expect(associate(block), block).rejects.toMatchObject({ code: 'InvalidVpc.Range' })
  }
  await expect(call('DisassociateVpcCidrBlock', { AssociationId: primary })).rejects.toMatchObject({
    code: 'OperationNotPermitted',
  })
  for (const block of [1, 2, 3, 4]) await associate(`10.${block}.0.0/16`)
  await expect(associate('10.9.0.0/16')).rejects.toMatchObject({
    code: 'CidrLimitExceeded',
    message: expect.stringMatching(
      /^This network vpc-[0-9a-f]+ has met its maximum number of allowed CIDRs: 5$/,
    ),
  })
  await expect(call('DisassociateVpcCidrBlock', { AssociationId: 'none' })).rejects.toMatchObject({
    code: 'InvalidVpcCidrBlockAssociationID.NotFound',
  })
})
