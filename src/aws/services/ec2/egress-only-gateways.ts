// Owns egress-only internet gateways: the way out for IPv6. They are records, no traffic here is IPv6.
import type {
  CreateEgressOnlyInternetGatewayRequest,
  CreateEgressOnlyInternetGatewayResult,
  DeleteEgressOnlyInternetGatewayRequest,
  DeleteEgressOnlyInternetGatewayResult,
  DescribeEgressOnlyInternetGatewaysRequest,
  DescribeEgressOnlyInternetGatewaysResult,
  EgressOnlyInternetGateway,
} from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { LISTED, TAGGED } from './members.ts'
import { need, type Ec2State, type EgressOnlyGatewayRecord } from './state.ts'

// The API names no other filters than those of tags.
const FILTERS: FilterTable<EgressOnlyGatewayRecord> = {}

function describe({ id, vpcId, tags }: EgressOnlyGatewayRecord): EgressOnlyInternetGateway {
  return {
    EgressOnlyInternetGatewayId: id,
    Attachments: [{ VpcId: vpcId, State: 'attached' }],
    Tags: tagList(tags),
  }
}

/** CreateEgressOnlyInternetGateway. @throws AwsError InvalidVpcID.NotFound, IdempotentParameterMismatch */
export const createEgressOnlyGateway = operation<
  Ec2State,
  CreateEgressOnlyInternetGatewayRequest,
  CreateEgressOnlyInternetGatewayResult
>()({
  honours: ['VpcId', 'ClientToken', ...TAGGED],
  handle: async (input, ec2) => {
    const token = clientTokenOf(input)
    const gateway = await ec2.deps.store.transact((tx) => {
      const earlier = token && ec2.egressOnlyGateways.find('token', token.value)
      if (earlier && isRepeated(token, earlier.token)) return earlier
      const made: EgressOnlyGatewayRecord = {
        id: ec2.newId('egress-only-internet-gateway'),
        vpcId: need(ec2.vpcs, 'vpc', input.VpcId).id,
        tags: tagsOfNew(input.TagSpecifications, 'egress-only-internet-gateway'),
        ...(token ? { token } : {}),
      }
      ec2.egressOnlyGateways.putIn(tx, made.id, made)
      return made
    })
    return { EgressOnlyInternetGateway: describe(gateway), ClientToken: input.ClientToken }
  },
})

/** DescribeEgressOnlyInternetGateways: one that is not there is left out. */
export const describeEgressOnlyGateways = operation<
  Ec2State,
  DescribeEgressOnlyInternetGatewaysRequest,
  DescribeEgressOnlyInternetGatewaysResult
>()({
  honours: ['EgressOnlyInternetGatewayIds', ...LISTED],
  handle: (input, ec2) => {
    const ids = input.EgressOnlyInternetGatewayIds ?? []
    const records = ec2.egressOnlyGateways.list().filter(({ id }) => ids.length === 0 || ids.includes(id))
    const found = select({ records, filters: input.Filters, table: FILTERS })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return { EgressOnlyInternetGateways: items.map(describe), NextToken: token }
  },
})

/** DeleteEgressOnlyInternetGateway; routes to it are dead from then on. @throws AwsError InvalidGatewayID.NotFound */
export const deleteEgressOnlyGateway = operation<
  Ec2State,
  DeleteEgressOnlyInternetGatewayRequest,
  DeleteEgressOnlyInternetGatewayResult
>()({
  honours: ['EgressOnlyInternetGatewayId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const { id } = need(
        ec2.egressOnlyGateways,
        'egress-only-internet-gateway',
        input.EgressOnlyInternetGatewayId,
      )
      ec2.egressOnlyGateways.deleteIn(tx, id)
    })
    return { ReturnCode: true }
  },
})
