import type {
  CreateNetworkAclResult,
  CreateSubnetResult,
  CreateVpcResult,
  DescribeNetworkAclsResult,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function place() {
  const region = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const { Vpc } = await call<CreateVpcResult>('CreateVpc', { CidrBlock: '10.0.0.0/16' })
  const VpcId = Vpc?.VpcId ?? ''
  const { Subnet } = await call<CreateSubnetResult>('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' })
  const acls = async (...filters: [string, string][]) => {
    const Filters = filters.map(([Name, value]) => ({ Name, Values: [value] }))
    return (await call<DescribeNetworkAclsResult>('DescribeNetworkAcls', { Filters })).NetworkAcls ?? []
  }
  return { call, acls, VpcId, SubnetId: Subnet?.SubnetId ?? '' }
}

const entry = { RuleNumber: 90, Protocol: '6', RuleAction: 'deny', Egress: false, CidrBlock: '10.9.0.0/16' }

test('a VPC has a default one that lets everything pass, and each subnet is with it', async () => {
  const { acls, VpcId, SubnetId } = await place()
  const [acl] = await acls(['vpc-id', VpcId], ['default', 'true'])
  expect(acl?.Associations).toMatchObject([{ SubnetId }])
  expect(acl?.Entries?.map(({ RuleNumber, RuleAction, Egress }) => [RuleNumber, RuleAction, Egress])).toEqual(
    [
      [100, 'allow', true],
      [32767, 'deny', true],
      [100, 'allow', false],
      [32767, 'deny', false],
    ],
  )
})

test('a subnet is moved to another one, which then is in use', async () => {
  const { call, acls, VpcId, SubnetId } = await place()
  const made = await call<CreateNetworkAclResult>('CreateNetworkAcl', { VpcId })
  const NetworkAclId = made.NetworkAcl?.NetworkAclId
  const [first] = await acls(['association.subnet-id', SubnetId])
  const AssociationId = first?.Associations?.[0]?.NetworkAclAssociationId
  await call('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId })
  expect((await acls(['association.subnet-id', SubnetId])).map((acl) => acl.NetworkAclId)).toEqual([
    NetworkAclId,
  ])
  await expect(call('DeleteNetworkAcl', { NetworkAclId })).rejects.toMatchObject({
    code: 'DependencyViolation',
  })
  await expect(call('DeleteNetworkAcl', { NetworkAclId: first?.NetworkAclId })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
    message: `cannot delete default network ACL ${first?.NetworkAclId}`,
  })
})

test('entries are added, replaced and removed by number and direction', async () => {
  const { call, acls, VpcId } = await place()
  const [acl] = await acls(['vpc-id', VpcId])
  const named = { NetworkAclId: acl?.NetworkAclId, RuleNumber: 90, Egress: false }
  await call('CreateNetworkAclEntry', { ...named, ...entry, PortRange: { From: 80, To: 443 } })
  await expect(call('CreateNetworkAclEntry', { ...named, ...entry })).rejects.toMatchObject({
    code: 'NetworkAclEntryAlreadyExists',
    message: 'The network acl entry identified by 90 already exists.',
  })
  await call('ReplaceNetworkAclEntry', { ...named, ...entry, RuleAction: 'allow' })
  const shown = (await acls(['vpc-id', VpcId]))[0]?.Entries?.[0]
  expect(shown).toMatchObject({ RuleNumber: 90, RuleAction: 'allow', CidrBlock: '10.9.0.0/16' })
  await call('DeleteNetworkAclEntry', named)
  await expect(call('DeleteNetworkAclEntry', named)).rejects.toMatchObject({
    code: 'InvalidNetworkAclEntry.NotFound',
  })
  await expect(call('CreateNetworkAclEntry', { ...named, ...entry, RuleNumber: 0 })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  })
})

test('a VPC goes with its default one, and not while it has another', async () => {
  const { call, acls, VpcId, SubnetId } = await place()
  const made = await call<CreateNetworkAclResult>('CreateNetworkAcl', { VpcId })
  await call('DeleteSubnet', { SubnetId })
  await expect(call('DeleteVpc', { VpcId })).rejects.toMatchObject({ code: 'DependencyViolation' })
  await call('DeleteNetworkAcl', { NetworkAclId: made.NetworkAcl?.NetworkAclId })
  await call('DeleteVpc', { VpcId })
  expect(await acls(['vpc-id', VpcId])).toEqual([])
})
