// Owns the EC2 resource types of which a template says little but tags: RouteTable, InternetGateway.
import { type Members, sameNames } from '../members.ts'
import type { ResourceType } from '../resource-type.ts'
import { creation, described, drop, type Noun, tagsStep } from './ec2.ts'

function plain(name: string, noun: Noun, from: { members: Members; answerMember: string }): ResourceType {
  return {
    name,
    create: creation(noun, from.members, from.answerMember),
    update: [tagsStep()],
    attributes: [noun.id],
    read: (id) => Promise.resolve({ state: 'ready', attributes: { [noun.id]: id } }),
    actual: described(noun, ...Object.keys(from.members)),
    remove: (id, context) => drop(noun, id, context),
  }
}

export const routeTable = plain(
  'AWS::EC2::RouteTable',
  {
    resourceType: 'route-table',
    create: 'CreateRouteTable',
    describe: 'DescribeRouteTables',
    remove: 'DeleteRouteTable',
    list: 'RouteTables',
    id: 'RouteTableId',
    notFound: 'InvalidRouteTableID.NotFound',
  },
  { members: sameNames('VpcId'), answerMember: 'RouteTable' },
)

export const internetGateway = plain(
  'AWS::EC2::InternetGateway',
  {
    resourceType: 'internet-gateway',
    create: 'CreateInternetGateway',
    describe: 'DescribeInternetGateways',
    remove: 'DeleteInternetGateway',
    list: 'InternetGateways',
    id: 'InternetGatewayId',
    notFound: 'InvalidInternetGatewayID.NotFound',
  },
  { members: {}, answerMember: 'InternetGateway' },
)
