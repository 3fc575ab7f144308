// Owns the resource type AWS::EC2::SubnetRouteTableAssociation.
import type { DescribeRouteTablesResult } from '@aws-sdk/client-ec2'

import { tolerating } from '../find-made.ts'
import { membersOf, sameNames, textAt } from '../members.ts'
import type { ResourceType } from '../resource-type.ts'

const MEMBERS = sameNames('RouteTableId', 'SubnetId')

export const subnetRouteTableAssociation: ResourceType = {
  name: 'AWS::EC2::SubnetRouteTableAssociation',
  create: {
    operations: ['ec2:AssociateRouteTable'],
    on: Object.keys(MEMBERS),
    run: async (properties, context) => {
      const answer = await context.call<{ AssociationId?: string }>(
        'ec2',
        'AssociateRouteTable',
        membersOf(MEMBERS, properties),
      )
      return answer.AssociationId ?? ''
    },
    find: async (properties, context) => {
      const { RouteTables = [] } = await context.call<DescribeRouteTablesResult>(
        'ec2',
        'DescribeRouteTables',
        {
          RouteTableIds: [textAt(properties, 'RouteTableId')],
        },
      )
      const subnetId = textAt(properties, 'SubnetId')
      return RouteTables[0]?.Associations?.find(({ SubnetId }) => SubnetId === subnetId)
        ?.RouteTableAssociationId
    },
  },
  update: [],
  attributes: ['Id'],
  read: (id) => Promise.resolve({ state: 'ready', attributes: { Id: id } }),
  remove: async (id, context) => {
    await tolerating(['InvalidAssociationID.NotFound'], () =>
      context.call('ec2', 'DisassociateRouteTable', { AssociationId: id }),
    )
    return true
  },
}
