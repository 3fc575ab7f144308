// Owns the resource type AWS::EC2::EIPAssociation.
import { tolerating } from '../find-made.ts'
import { membersOf, type Members, sameNames } from '../members.ts'
import type { ResourceType } from '../resource-type.ts'

const PLACE: Members = {
  ...sameNames('AllocationId', 'InstanceId', 'NetworkInterfaceId', 'PrivateIpAddress'),
  EIP: 'PublicIp',
}

export const elasticIpAssociation: ResourceType = {
  name: 'AWS::EC2::EIPAssociation',
  create: {
    operations: ['ec2:AssociateAddress'],
    on: Object.keys(PLACE),
    // Associating again with the same place answers the association that is there.
    run: async (properties, context) => {
      const { AssociationId = '' } = await context.call<{ AssociationId?: string }>(
        'ec2',
        'AssociateAddress',
        membersOf(PLACE, properties),
      )
      return AssociationId
    },
  },
  update: [],
  attributes: ['Id'],
  read: (Id) => Promise.resolve({ state: 'ready', attributes: { Id } }),
  remove: async (AssociationId, context) => {
    await tolerating(['InvalidAssociationID.NotFound'], () =>
      context.call('ec2', 'DisassociateAddress', { AssociationId }),
    )
    return true
  },
}
