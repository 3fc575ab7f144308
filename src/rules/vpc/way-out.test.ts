import { describe, expect, it } from 'vitest'

import { hasWayOut, type Gateways, type Routes } from './way-out.ts'

const isPublic = { id: 'public', vpcId: 'vpc-a', mapPublicIp: true }
const isPrivate = { id: 'private', vpcId: 'vpc-a', mapPublicIp: false }
const toInternet = { destination: '0.0.0.0/0', gatewayId: 'igw-1' }
const toNat = { destination: '0.0.0.0/0', natGatewayId: 'nat-1' }

function table(subnetId: string | undefined, ...routes: Routes['routes'][number][]): Routes {
  return { vpcId: 'vpc-a', routes, associations: [subnetId === undefined ? {} : { subnetId }] }
}

function gateways(change: Partial<Gateways> = {}): Gateways {
  return {
    subnets: [isPublic, isPrivate],
    tables: [table('public', toInternet), table('private', toNat)],
    internetGateways: [{ id: 'igw-1', vpcId: 'vpc-a' }],
    natGateways: [{ id: 'nat-1', subnetId: 'public', connectivity: 'public', state: 'available' }],
    ...change,
  }
}

const nat = { id: 'nat-1', subnetId: 'public', connectivity: 'public' as const, state: 'available' }

describe('a subnet', () => {
  it.each<[string, Gateways, boolean, boolean]>([
    ['has a way by its internet gateway, or by a NAT gateway there', gateways(), true, true],
    ['has none without a table of the VPC', gateways({ tables: [] }), false, false],
    ['has that of the main table', gateways({ tables: [table(undefined, toInternet)] }), true, false],
    [
      'has its own before the main one',
      gateways({ tables: [table('public'), table(undefined, toNat)] }),
      false,
      false,
    ],
    [
      'has none by other routes',
      gateways({ tables: [table(undefined, { ...toInternet, destination: '10.9.0.0/16' })] }),
      false,
      false,
    ],
    [
      'has none by a gateway that is not attached',
      gateways({ internetGateways: [{ id: 'igw-1' }] }),
      false,
      false,
    ],
    [
      'has none by a gateway of another VPC',
      gateways({ internetGateways: [{ id: 'igw-1', vpcId: 'vpc-b' }] }),
      false,
      false,
    ],
    [
      'has none by a NAT gateway that has gone',
      gateways({ natGateways: [{ ...nat, state: 'deleted' }] }),
      true,
      false,
    ],
    [
      'has none by a private NAT gateway',
      gateways({ natGateways: [{ ...nat, connectivity: 'private' }] }),
      true,
      false,
    ],
    [
      'has none by a NAT gateway that has none itself',
      gateways({ natGateways: [{ ...nat, subnetId: 'private' }] }),
      true,
      false,
    ],
    [
      'has none without public addresses',
      gateways({ tables: [table('public', toInternet), table('private', toInternet)] }),
      true,
      false,
    ],
  ])('%s', (_, given, fromPublic, fromPrivate) => {
    expect([hasWayOut(isPublic, given), hasWayOut(isPrivate, given)]).toEqual([fromPublic, fromPrivate])
  })
})
