// Owns the resource type AWS::EC2::EgressOnlyInternetGateway.
import type { ResourceType } from '../resource-type.ts'
import { creation, drop, type Noun, tagsStep } from './ec2.ts'

const gatewayNoun: Noun = {
  resourceType: 'egress-only-internet-gateway',
  create: 'CreateEgressOnlyInternetGateway',
  describe: 'DescribeEgressOnlyInternetGateways',
  remove: 'DeleteEgressOnlyInternetGateway',
  list: 'EgressOnlyInternetGateways',
  id: 'EgressOnlyInternetGatewayId',
  notFound: 'InvalidGatewayID.NotFound',
}

export const egressOnlyInternetGateway: ResourceType = {
  name: 'AWS::EC2::EgressOnlyInternetGateway',
  create: creation(gatewayNoun, { VpcId: 'VpcId' }, 'EgressOnlyInternetGateway'),
  update: [tagsStep()],
  attributes: ['Id'],
  read: (Id) => Promise.resolve({ state: 'ready', attributes: { Id } }),
  remove: (id, context) => drop(gatewayNoun, id, context),
}
