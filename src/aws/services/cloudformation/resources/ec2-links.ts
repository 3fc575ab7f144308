// Owns the EC2 resource types that connect others: attachments, routes, associations, security group rules.
import type { TemplateObject } from '../template/template.ts'
import { linked, permissionOf } from './ec2.ts'
import { optional, type ProviderContext, required, type ResourceProvider, tolerating } from './provider.ts'

export const gatewayAttachment: ResourceProvider = {
  async create(properties, context) {
    const input = {
      VpcId: required(properties, 'VpcId'),
      InternetGatewayId: required(properties, 'InternetGatewayId'),
    }
    await tolerating(['Resource.AlreadyAssociated'], () =>
      context.call('ec2', 'AttachInternetGateway', input),
    )
    return `IGW|${input.VpcId}`
  },
  read: linked,
  async delete(_physicalId, context, properties) {
    await tolerating(
      ['Gateway.NotAttached', 'InvalidInternetGatewayID.NotFound', 'InvalidVpcID.NotFound'],
      () =>
        context.call('ec2', 'DetachInternetGateway', {
          VpcId: required(properties, 'VpcId'),
          InternetGatewayId: required(properties, 'InternetGatewayId'),
        }),
    )
    return true
  },
}

export const route: ResourceProvider = {
  async create(properties, context) {
    const RouteTableId = required(properties, 'RouteTableId')
    const DestinationCidrBlock = required(properties, 'DestinationCidrBlock')
    await tolerating(['RouteAlreadyExists'], () =>
      context.call('ec2', 'CreateRoute', {
        RouteTableId,
        DestinationCidrBlock,
        GatewayId: optional(properties, 'GatewayId'),
        NatGatewayId: optional(properties, 'NatGatewayId'),
      }),
    )
    return `${RouteTableId}|${DestinationCidrBlock}`
  },
  read: linked,
  async delete(physicalId, context) {
    const [RouteTableId, DestinationCidrBlock] = physicalId.split('|')
    await tolerating(['InvalidRoute.NotFound', 'InvalidRouteTableID.NotFound'], () =>
      context.call('ec2', 'DeleteRoute', { RouteTableId, DestinationCidrBlock }),
    )
    return true
  },
}

interface Association {
  readonly RouteTableAssociationId?: string
  readonly SubnetId?: string
}

export const routeTableAssociation: ResourceProvider = {
  async create(properties, context) {
    const RouteTableId = required(properties, 'RouteTableId')
    const SubnetId = required(properties, 'SubnetId')
    const { RouteTables = [] } = await context.call<{ RouteTables?: { Associations?: Association[] }[] }>(
      'ec2',
      'DescribeRouteTables',
      { RouteTableIds: [RouteTableId] },
    )
    const made = RouteTables[0]?.Associations?.find((association) => association.SubnetId === SubnetId)
    if (made?.RouteTableAssociationId) return made.RouteTableAssociationId
    const { AssociationId } = await context.call<{ AssociationId?: string }>('ec2', 'AssociateRouteTable', {
      RouteTableId,
      SubnetId,
    })
    return AssociationId ?? ''
  },
  read: linked,
  async delete(physicalId, context) {
    await tolerating(['InvalidAssociationID.NotFound'], () =>
      context.call('ec2', 'DisassociateRouteTable', { AssociationId: physicalId }),
    )
    return true
  },
}

function rule(direction: 'Ingress' | 'Egress'): ResourceProvider {
  const change = (
    operation: string,
    properties: TemplateObject,
    context: ProviderContext,
  ): Promise<unknown> =>
    context.call('ec2', operation, {
      GroupId: required(properties, 'GroupId'),
      IpPermissions: [permissionOf(properties)],
    })
  return {
    async create(properties, context) {
      await tolerating(['InvalidPermission.Duplicate'], () =>
        change(`AuthorizeSecurityGroup${direction}`, properties, context),
      )
      return context.logicalId
    },
    read: linked,
    async delete(_physicalId, context, properties) {
      await tolerating(['InvalidPermission.NotFound', 'InvalidGroup.NotFound'], () =>
        change(`RevokeSecurityGroup${direction}`, properties, context),
      )
      return true
    },
  }
}

export const securityGroupIngress = rule('Ingress')
export const securityGroupEgress = rule('Egress')
