// Owns changing VPC endpoints.
import type { ModifyVpcEndpointRequest, ModifyVpcEndpointResult } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { operation, type Declared } from '../../protocol/operation.ts'
import { need, type Ec2State, type VpcEndpointRecord } from './state.ts'
import { addInterface } from './vpc-endpoints.ts'

const HONOURED = [
  'VpcEndpointId',
  'AddRouteTableIds',
  'RemoveRouteTableIds',
  'AddSubnetIds',
  'RemoveSubnetIds',
  'AddSecurityGroupIds',
  'RemoveSecurityGroupIds',
] as const
const KEPT = ['ResetPolicy', 'PolicyDocument', 'PrivateDnsEnabled', 'DnsOptions.DnsRecordIpType'] as const

type Input = Declared<ModifyVpcEndpointRequest, (typeof HONOURED | typeof KEPT)[number]>

/** ModifyVpcEndpoint. @throws AwsError InvalidVpcEndpointId.NotFound, InvalidParameter, those of what it names */
export const modifyVpcEndpoint = operation<Ec2State, ModifyVpcEndpointRequest, ModifyVpcEndpointResult>()({
  honours: HONOURED,
  keeps: KEPT,
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const endpoint = need(ec2.vpcEndpoints, 'vpc-endpoint', input.VpcEndpointId)
      checkKind(endpoint, input)
      ec2.vpcEndpoints.putIn(tx, endpoint.id, change(tx, ec2, { endpoint, input }))
    })
    return { Return: true }
  },
})

// API_ModifyVpcEndpoint: route tables are for gateways; subnets and groups are for interfaces.
function checkKind({ type }: VpcEndpointRecord, input: Input): void {
  const forGateways = input.AddRouteTableIds ?? input.RemoveRouteTableIds
  const forInterfaces =
    input.AddSubnetIds ?? input.RemoveSubnetIds ?? input.AddSecurityGroupIds ?? input.RemoveSecurityGroupIds
  const wrong = type === 'Gateway' ? forInterfaces : forGateways
  if (wrong === undefined) return
  const what = type === 'Gateway' ? 'Subnets and security groups' : 'Route tables'
  throw new AwsError('InvalidParameter', `${what} cannot be modified for endpoints of type ${type}.`)
}

function change(
  tx: Writer,
  ec2: Ec2State,
  { endpoint, input }: { endpoint: VpcEndpointRecord; input: Input },
): VpcEndpointRecord {
  for (const id of input.AddRouteTableIds ?? []) need(ec2.routeTables, 'route-table', id)
  for (const id of input.AddSecurityGroupIds ?? []) need(ec2.groups, 'security-group', id)
  const merge = (
    present: readonly string[],
    added: readonly string[] = [],
    removed: readonly string[] = [],
  ): string[] => [...new Set([...present, ...added])].filter((id) => !removed.includes(id))
  const { policy: _policy, ...rest } = endpoint
  const base = input.ResetPolicy ? rest : endpoint
  const next = {
    ...base,
    ...(input.PolicyDocument === undefined ? {} : { policy: input.PolicyDocument }),
    privateDns: input.PrivateDnsEnabled ?? endpoint.privateDns,
    routeTableIds: merge(endpoint.routeTableIds, input.AddRouteTableIds, input.RemoveRouteTableIds),
    groupIds: merge(endpoint.groupIds, input.AddSecurityGroupIds, input.RemoveSecurityGroupIds),
  }
  return { ...next, interfaces: interfacesOf(tx, ec2, { endpoint: next, input }) }
}

function interfacesOf(
  tx: Writer,
  ec2: Ec2State,
  { endpoint, input }: { endpoint: VpcEndpointRecord; input: Input },
): VpcEndpointRecord['interfaces'] {
  const doomed = endpoint.interfaces.filter(({ subnetId }) => input.RemoveSubnetIds?.includes(subnetId))
  for (const { id } of doomed) ec2.interfaces.deleteIn(tx, id)
  const kept = endpoint.interfaces.filter((each) => !doomed.includes(each))
  for (const { id } of kept) {
    ec2.interfaces.updateIn(tx, id, (record) => ({ ...record, groupIds: endpoint.groupIds }))
  }
  const added = [...new Set(input.AddSubnetIds)].filter((id) => !kept.some((each) => each.subnetId === id))
  return [...kept, ...added.map((subnetId) => addInterface(tx, ec2, { endpoint, subnetId }))]
}
