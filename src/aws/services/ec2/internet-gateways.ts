// Owns internet gateways.
import type {
  AttachInternetGatewayRequest,
  CreateInternetGatewayRequest,
  CreateInternetGatewayResult,
  DeleteInternetGatewayRequest,
  DescribeInternetGatewaysRequest,
  DescribeInternetGatewaysResult,
  DetachInternetGatewayRequest,
  InternetGateway,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { LISTED, TAGGED } from './members.ts'
import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { paginate } from '../../protocol/paging.ts'
import { dependencyViolation } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { roomFor } from './quotas.ts'
import { need, type Ec2State, type InternetGatewayRecord, type Tags } from './state.ts'

const FILTERS: FilterTable<InternetGatewayRecord> = {
  'attachment.state': ({ vpcId }) => vpcId && 'available',
  'attachment.vpc-id': ({ vpcId }) => vpcId,
  'internet-gateway-id': ({ id }) => id,
}

function describe(ec2: Ec2State, gateway: InternetGatewayRecord): InternetGateway {
  return {
    InternetGatewayId: gateway.id,
    OwnerId: ec2.deps.accountId,
    // EC2 says `available` here, a word that the SDK's enumeration lacks.
    Attachments:
      gateway.vpcId === undefined ? [] : [{ VpcId: gateway.vpcId, State: 'available' as 'attached' }],
    Tags: tagList(gateway.tags),
  }
}

/** Makes a gateway that is attached to nothing. */
export function insertInternetGateway(tx: Writer, ec2: Ec2State, tags: Tags): InternetGatewayRecord {
  const gateway = { id: ec2.newId('internet-gateway'), tags }
  ec2.internetGateways.putIn(tx, gateway.id, gateway)
  return gateway
}

/** CreateInternetGateway. */
export const createInternetGateway = operation<
  Ec2State,
  CreateInternetGatewayRequest,
  CreateInternetGatewayResult
>()({
  honours: [...TAGGED],
  handle: async (input, ec2) => {
    const tags = tagsOfNew(input.TagSpecifications, 'internet-gateway')
    const room = await roomFor(ec2, 'internetGateways')
    const gateway = await ec2.deps.store.transact((tx) => {
      room(ec2.internetGateways.list().length)
      return insertInternetGateway(tx, ec2, tags)
    })
    return { InternetGateway: describe(ec2, gateway) }
  },
})

/** DescribeInternetGateways. @throws AwsError InvalidInternetGatewayID.NotFound */
export const describeInternetGateways = operation<
  Ec2State,
  DescribeInternetGatewaysRequest,
  DescribeInternetGatewaysResult
>()({
  honours: ['InternetGatewayIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('internet-gateway', ec2.internetGateways.listByAge(), input.InternetGatewayIds)
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { InternetGateways: items.map((gateway) => describe(ec2, gateway)), NextToken: token }
  },
})

/**
 * Attaches a gateway to a VPC, as part of a transaction: a gateway has one VPC, a VPC one gateway.
 * @throws AwsError InvalidInternetGatewayID.NotFound, InvalidVpcID.NotFound, Resource.AlreadyAssociated,
 *   InvalidParameterValue
 */
export function attachGateway(
  tx: Writer,
  ec2: Ec2State,
  wish: { readonly id: string | undefined; readonly vpcId: string | undefined },
): void {
  const gateway = need(ec2.internetGateways, 'internet-gateway', wish.id)
  const { id: vpcId } = need(ec2.vpcs, 'vpc', wish.vpcId)
  if (gateway.vpcId !== undefined) {
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `resource ${gateway.id} is already attached to network ${gateway.vpcId}`,
    )
  }
  if (ec2.internetGateways.find('vpc', vpcId)) {
    // Words from cloudfoundry-incubator/kubo-deployment#167.
    throw new AwsError('InvalidParameterValue', `Network ${vpcId} already has an internet gateway attached`)
  }
  ec2.internetGateways.putIn(tx, gateway.id, { ...gateway, vpcId })
}

/** AttachInternetGateway. @throws as `attachGateway` */
export const attachInternetGateway = operation<Ec2State, AttachInternetGatewayRequest, void>()({
  honours: ['InternetGatewayId', 'VpcId'],
  handle: async (input, ec2) => {
    const wish = { id: input.InternetGatewayId, vpcId: input.VpcId }
    await ec2.deps.store.transact((tx) => attachGateway(tx, ec2, wish))
  },
})

/** DetachInternetGateway. @throws AwsError InvalidInternetGatewayID.NotFound, Gateway.NotAttached */
export const detachInternetGateway = operation<Ec2State, DetachInternetGatewayRequest, void>()({
  honours: ['InternetGatewayId', 'VpcId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { vpcId, ...gateway } = need(ec2.internetGateways, 'internet-gateway', input.InternetGatewayId)
      if (vpcId === undefined || vpcId !== input.VpcId) {
        throw new AwsError(
          'Gateway.NotAttached',
          `resource ${gateway.id} is not attached to network ${input.VpcId}`,
        )
      }
      ec2.internetGateways.putIn(tx, gateway.id, gateway)
    })
  },
})

/** DeleteInternetGateway. @throws AwsError InvalidInternetGatewayID.NotFound, DependencyViolation */
export const deleteInternetGateway = operation<Ec2State, DeleteInternetGatewayRequest, void>()({
  honours: ['InternetGatewayId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { id, vpcId } = need(ec2.internetGateways, 'internet-gateway', input.InternetGatewayId)
      if (vpcId !== undefined) throw dependencyViolation('internetGateway', id)
      ec2.internetGateways.deleteIn(tx, id)
    })
  },
})
