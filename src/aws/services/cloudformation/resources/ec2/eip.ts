// Owns the resource type AWS::EC2::EIP: Ref is its public address, what it is released and tagged by an attribute.
import { membersOf } from '../members.ts'
import type { ResourceContext, ResourceType } from '../resource-type.ts'
import { drop, findMade, type Item, type Noun, tagSpecifications, tagsStep, textOf } from './ec2.ts'

const addressNoun: Noun = {
  resourceType: 'elastic-ip',
  create: 'AllocateAddress',
  describe: 'DescribeAddresses',
  remove: 'ReleaseAddress',
  list: 'Addresses',
  id: 'AllocationId',
  notFound: 'InvalidAllocationID.NotFound',
}

async function allocationOf(publicIp: string, context: ResourceContext): Promise<string> {
  const { Addresses = [] } = await context.call<{ Addresses?: Item[] }>('ec2', 'DescribeAddresses', {
    Filters: [{ Name: 'public-ip', Values: [publicIp] }],
  })
  return textOf(Addresses[0], 'AllocationId')
}

export const elasticIp: ResourceType = {
  name: 'AWS::EC2::EIP',
  create: {
    operations: ['ec2:AllocateAddress'],
    on: ['Domain', 'Tags'],
    run: async (properties, context) => {
      const answer = await context.call<Item>('ec2', 'AllocateAddress', {
        Domain: 'vpc',
        ...membersOf({ Domain: 'Domain' }, properties),
        ...tagSpecifications('elastic-ip', properties, context),
      })
      return textOf(answer, 'PublicIp')
    },
    find: (_properties, context) => findMade(addressNoun, context, (item) => textOf(item, 'PublicIp')),
  },
  update: [tagsStep(allocationOf)],
  attributes: ['AllocationId', 'PublicIp'],
  read: async (PublicIp, context) => ({
    state: 'ready',
    attributes: { PublicIp, AllocationId: await allocationOf(PublicIp, context) },
  }),
  remove: async (publicIp, context) => {
    const allocationId = await allocationOf(publicIp, context)
    return allocationId === '' ? true : await drop(addressNoun, allocationId, context)
  },
}
