// Owns which subnets a route table is for: its associations, and which table is the main one of a VPC.
import type {
  AssociateRouteTableRequest,
  AssociateRouteTableResult,
  DisassociateRouteTableRequest,
  ReplaceRouteTableAssociationRequest,
  ReplaceRouteTableAssociationResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { need, type Ec2State, type RouteTableRecord } from './state.ts'

/**
 * Associates a subnet with a table; a subnet has one association among all tables.
 * @returns the id of the association, the present one when it is with this table already
 * @throws AwsError InvalidRouteTableID.NotFound, InvalidSubnetID.NotFound, Resource.AlreadyAssociated
 */
export function insertAssociation(
  tx: Writer,
  ec2: Ec2State,
  wanted: { readonly tableId: string | undefined; readonly subnetId: string | undefined },
): string {
  const table = need(ec2.routeTables, 'route-table', wanted.tableId)
  const { id: subnetId } = need(ec2.subnets, 'subnet', wanted.subnetId)
  for (const other of ec2.routeTables.list()) {
    const present = other.associations.find((each) => each.subnetId === subnetId)
    if (!present) continue
    if (other.id === table.id) return present.id
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `the specified association for route table ${table.id} conflicts with an existing association`,
    )
  }
  const id = `rtbassoc-0${ec2.deps.ids.hex(16)}`
  ec2.routeTables.putIn(tx, table.id, { ...table, associations: [...table.associations, { id, subnetId }] })
  return id
}

/** AssociateRouteTable. @throws as `insertAssociation` */
export const associateRouteTable = operation<
  Ec2State,
  AssociateRouteTableRequest,
  AssociateRouteTableResult
>()({
  honours: ['RouteTableId', 'SubnetId'],
  handle: async (input, ec2) => {
    const wanted = { tableId: input.RouteTableId, subnetId: input.SubnetId }
    const id = await ec2.deps.store.transact((tx) => insertAssociation(tx, ec2, wanted))
    return { AssociationId: id, AssociationState: { State: 'associated' } }
  },
})

export const disassociateRouteTable = operation<Ec2State, DisassociateRouteTableRequest, void>()({
  honours: ['AssociationId'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      const table = tableWith(ec2, input.AssociationId)
      ec2.routeTables.putIn(tx, table.id, without(table, input.AssociationId))
    })
  },
})

function tableWith(ec2: Ec2State, id: string | undefined): RouteTableRecord {
  const tables = ec2.routeTables.list()
  const table = tables.find(({ associations }) => associations.some((each) => each.id === id))
  if (table) return table
  throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${id}' does not exist`)
}

function without(table: RouteTableRecord, id: string | undefined): RouteTableRecord {
  return { ...table, associations: table.associations.filter((each) => each.id !== id) }
}

/**
 * ReplaceRouteTableAssociation: gives a subnet another table, or a VPC another main one.
 * @throws AwsError InvalidAssociationID.NotFound, InvalidRouteTableID.NotFound
 */
export const replaceRouteTableAssociation = operation<
  Ec2State,
  ReplaceRouteTableAssociationRequest,
  ReplaceRouteTableAssociationResult
>()({
  honours: ['AssociationId', 'RouteTableId'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const from = tableWith(ec2, input.AssociationId)
      const to = need(ec2.routeTables, 'route-table', input.RouteTableId)
      const AssociationState = { State: 'associated' } as const
      if (from.id === to.id) return { NewAssociationId: input.AssociationId, AssociationState }
      const { subnetId } = from.associations.find((each) => each.id === input.AssociationId) ?? {}
      const id = `rtbassoc-0${ec2.deps.ids.hex(16)}`
      const association = subnetId === undefined ? { id } : { id, subnetId }
      ec2.routeTables.putIn(tx, from.id, without(from, input.AssociationId))
      ec2.routeTables.putIn(tx, to.id, { ...to, associations: [...to.associations, association] })
      return { NewAssociationId: id, AssociationState }
    })
  },
})
