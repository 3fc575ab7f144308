import type {
  AllocateAddressResult,
  AssociateAddressResult,
  CreateNetworkInterfaceResult,
  DescribeAddressesResult,
} from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion, REGION } from '../../testing/test-region.ts'

async function place() {
  const region = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call<T>('ec2', operation, input)
  const id = 'subnet-0aaaaaaaaaaaaaaaa'
  await region.ec2.prepareNetwork({ subnets: [{ id, zone: 'ap-southeast-1a', public: true }] })
  const { AllocationId, PublicIp } = await call<AllocateAddressResult>('AllocateAddress')
  const eni = async () => {
    const made = await call<CreateNetworkInterfaceResult>('CreateNetworkInterface', { SubnetId: id })
    return made.NetworkInterface?.NetworkInterfaceId
  }
  const shown = async () =>
    (await call<DescribeAddressesResult>('DescribeAddresses', { AllocationIds: [AllocationId] }))
      .Addresses?.[0]
  return { call, AllocationId, PublicIp, eni, shown }
}

test('an address goes to an interface, to another one only if allowed, and is free again', async () => {
  const { call, AllocationId, PublicIp, eni, shown } = await place()
  const [first, second] = [await eni(), await eni()]
  const { AssociationId } = await call<AssociateAddressResult>('AssociateAddress', {
    AllocationId,
    NetworkInterfaceId: first,
  })
  expect(await shown()).toMatchObject({ AssociationId, NetworkInterfaceId: first })
  await expect(call('AssociateAddress', { PublicIp, NetworkInterfaceId: second })).rejects.toMatchObject({
    code: 'Resource.AlreadyAssociated',
  })
  await call('AssociateAddress', { PublicIp, NetworkInterfaceId: second, AllowReassociation: true })
  const moved = await shown()
  expect(moved?.NetworkInterfaceId).toBe(second)
  await expect(call('ReleaseAddress', { AllocationId })).rejects.toMatchObject({
    code: 'InvalidIPAddress.InUse',
  })
  await expect(call('DisassociateAddress', { AssociationId })).rejects.toMatchObject({
    code: 'InvalidAssociationID.NotFound',
  })
  await call('DisassociateAddress', { AssociationId: moved?.AssociationId })
  expect((await shown())?.AssociationId).toBeUndefined()
  // Terraform gives it back with the border group that it was shown.
  await expect(call('ReleaseAddress', { AllocationId, NetworkBorderGroup: 'eu-west-9' })).rejects.toThrow(
    'ReleaseAddress with NetworkBorderGroup',
  )
  await call('ReleaseAddress', { AllocationId, NetworkBorderGroup: REGION })
})

test('addresses have no names of their own', async () => {
  const { call, AllocationId } = await place()
  const asked = { AllocationIds: [AllocationId], Attribute: 'domain-name' }
  expect(await call('DescribeAddressesAttribute', asked)).toMatchObject({
    Addresses: [{ AllocationId }],
  })
  await expect(
    call('DescribeAddressesAttribute', { ...asked, AllocationIds: ['eipalloc-0aaaaaaaaaaaaaaaa'] }),
  ).rejects.toMatchObject({ code: 'InvalidAllocationID.NotFound' })
})
