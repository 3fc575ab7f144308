// Owns the resource type AWS::EC2::Route.
import type { DescribeRouteTablesResult } from '@aws-sdk/client-ec2'

import { tolerating } from '../find-made.ts'
import { membersOf, sameNames, textAt } from '../members.ts'
import type { ResourceType, Step } from '../resource-type.ts'

const PLACE = sameNames('RouteTableId', 'DestinationCidrBlock')
const TARGET = sameNames('GatewayId', 'NatGatewayId')

function keyOf(physicalId: string) {
  const [RouteTableId = '', DestinationCidrBlock = ''] = physicalId.split('|')
  return { RouteTableId, DestinationCidrBlock }
}

const targetStep: Step = {
  operations: ['ec2:ReplaceRoute'],
  on: Object.keys(TARGET),
  run: async ({ physicalId, after }, context) => {
    await context.call('ec2', 'ReplaceRoute', { ...keyOf(physicalId), ...membersOf(TARGET, after) })
  },
}

export const route: ResourceType = {
  name: 'AWS::EC2::Route',
  create: {
    operations: ['ec2:CreateRoute'],
    on: [...Object.keys(PLACE), ...Object.keys(TARGET)],
    run: async (properties, context) => {
      await context.call('ec2', 'CreateRoute', membersOf({ ...PLACE, ...TARGET }, properties))
      return `${textAt(properties, 'RouteTableId')}|${textAt(properties, 'DestinationCidrBlock')}`
    },
    // Every resource of a stack begins after what it needs: a route with this target was not there before.
    find: async (properties, context) => {
      const { RouteTables = [] } = await context.call<DescribeRouteTablesResult>(
        'ec2',
        'DescribeRouteTables',
        {
          RouteTableIds: [textAt(properties, 'RouteTableId')],
        },
      )
      const destination = textAt(properties, 'DestinationCidrBlock')
      const found = RouteTables[0]?.Routes?.find(
        ({ DestinationCidrBlock, GatewayId, NatGatewayId }) =>
          DestinationCidrBlock === destination &&
          GatewayId === textAt(properties, 'GatewayId') &&
          NatGatewayId === textAt(properties, 'NatGatewayId'),
      )
      return found && `${textAt(properties, 'RouteTableId')}|${destination}`
    },
  },
  update: [targetStep],
  attributes: ['CidrBlock'],
  read: (id) =>
    Promise.resolve({ state: 'ready', attributes: { CidrBlock: keyOf(id).DestinationCidrBlock } }),
  remove: async (id, context) => {
    await tolerating(['InvalidRoute.NotFound', 'InvalidRouteTableID.NotFound'], () =>
      context.call('ec2', 'DeleteRoute', keyOf(id)),
    )
    return true
  },
}
