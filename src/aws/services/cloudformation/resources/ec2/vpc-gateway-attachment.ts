// Owns the resource type AWS::EC2::VPCGatewayAttachment, for internet gateways.
import type { DescribeInternetGatewaysResult } from '@aws-sdk/client-ec2'

import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { membersOf, sameNames, textAt } from '../members.ts'
import type { ResourceContext, ResourceType, Step } from '../resource-type.ts'

const MEMBERS = sameNames('VpcId', 'InternetGatewayId')
const DETACHED = ['Gateway.NotAttached', 'InvalidInternetGatewayID.NotFound', 'InvalidVpcID.NotFound']

async function detach(properties: TemplateObject, context: ResourceContext): Promise<void> {
  await tolerating(DETACHED, () =>
    context.call('ec2', 'DetachInternetGateway', membersOf(MEMBERS, properties)),
  )
}

const gatewayStep: Step = {
  operations: ['ec2:DetachInternetGateway', 'ec2:AttachInternetGateway'],
  on: ['InternetGatewayId'],
  reads: ['VpcId'],
  run: async ({ before, after }, context) => {
    await detach(before, context)
    await tolerating(['Resource.AlreadyAssociated'], () =>
      context.call('ec2', 'AttachInternetGateway', membersOf(MEMBERS, after)),
    )
  },
}

export const vpcGatewayAttachment: ResourceType = {
  name: 'AWS::EC2::VPCGatewayAttachment',
  create: {
    operations: ['ec2:AttachInternetGateway'],
    on: Object.keys(MEMBERS),
    run: async (properties, context) => {
      await context.call('ec2', 'AttachInternetGateway', membersOf(MEMBERS, properties))
      return `IGW|${textAt(properties, 'VpcId')}`
    },
    find: async (properties, context) => {
      const vpcId = textAt(properties, 'VpcId')
      const { InternetGateways = [] } = await context.call<DescribeInternetGatewaysResult>(
        'ec2',
        'DescribeInternetGateways',
        { InternetGatewayIds: [textAt(properties, 'InternetGatewayId')] },
      )
      const isAttached = InternetGateways[0]?.Attachments?.some(({ VpcId }) => VpcId === vpcId)
      return isAttached ? `IGW|${vpcId}` : undefined
    },
  },
  update: [gatewayStep],
  attributes: ['AttachmentType'],
  read: () => Promise.resolve({ state: 'ready', attributes: { AttachmentType: 'IGW' } }),
  remove: async (_id, context, properties) => {
    await detach(properties, context)
    return true
  },
}
