// Owns the resource type AWS::EC2::Route.
import type { DescribeRouteTablesResult, Route } from '@aws-sdk/client-ec2'

import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { membersOf, sameNames, textAt } from '../members.ts'
import type { ResourceType, Step } from '../resource-type.ts'

const PLACE = sameNames('RouteTableId', 'DestinationCidrBlock', 'DestinationIpv6CidrBlock')
const TARGET = sameNames('GatewayId', 'NatGatewayId', 'EgressOnlyInternetGatewayId')

/** `TABLE|DESTINATION` */
function keyOf(physicalId: string): {
  readonly RouteTableId: string
  readonly [destination: string]: string
} {
  const [RouteTableId = '', destination = ''] = physicalId.split('|')
  const name = destination.includes(':') ? 'DestinationIpv6CidrBlock' : 'DestinationCidrBlock'
  return { RouteTableId, [name]: destination }
}

function idOf(properties: TemplateObject): string {
  const destination =
    textAt(properties, 'DestinationCidrBlock') ?? textAt(properties, 'DestinationIpv6CidrBlock') ?? ''
  return `${textAt(properties, 'RouteTableId')}|${destination}`
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
      return idOf(properties)
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
      const members = ['DestinationCidrBlock', 'DestinationIpv6CidrBlock', ...Object.keys(TARGET)] as const
      const isThere = (RouteTables[0]?.Routes ?? []).some((found) =>
        members.every((name) => found[name as keyof Route] === textAt(properties, name)),
      )
      return isThere ? idOf(properties) : undefined
    },
  },
  update: [targetStep],
  attributes: ['CidrBlock'],
  read: (id) => Promise.resolve({ state: 'ready', attributes: { CidrBlock: id.split('|')[1] ?? '' } }),
  remove: async (id, context) => {
    await tolerating(['InvalidRoute.NotFound', 'InvalidRouteTableID.NotFound'], () =>
      context.call('ec2', 'DeleteRoute', keyOf(id)),
    )
    return true
  },
}
