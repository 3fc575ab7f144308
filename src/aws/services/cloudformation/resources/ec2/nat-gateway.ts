// Owns the resource type AWS::EC2::NatGateway.
import { sameNames } from '../members.ts'
import { PENDING, type ResourceType } from '../resource-type.ts'
import { creation, described, drop, look, type Noun, tagsStep, textOf } from './ec2.ts'

const gatewayNoun: Noun = {
  resourceType: 'natgateway',
  create: 'CreateNatGateway',
  describe: 'DescribeNatGateways',
  remove: 'DeleteNatGateway',
  list: 'NatGateways',
  id: 'NatGatewayId',
  notFound: 'NatGatewayNotFound',
  filter: 'Filter',
}

export const natGateway: ResourceType = {
  name: 'AWS::EC2::NatGateway',
  create: creation(gatewayNoun, sameNames('SubnetId', 'AllocationId', 'ConnectivityType'), 'NatGateway'),
  update: [tagsStep()],
  attributes: ['NatGatewayId'],
  read: async (NatGatewayId, context) => {
    const found = await look(gatewayNoun, NatGatewayId, context)
    return textOf(found, 'State') === 'available' ? { state: 'ready', attributes: { NatGatewayId } } : PENDING
  },
  actual: described(gatewayNoun, 'SubnetId'),
  remove: async (id, context) => {
    const state = textOf(await look(gatewayNoun, id, context), 'State')
    if (state === '' || state === 'deleted') return true
    if (state !== 'deleting') await drop(gatewayNoun, id, context)
    const left = textOf(await look(gatewayNoun, id, context), 'State')
    return left === '' || left === 'deleted'
  },
}
