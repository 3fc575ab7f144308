// Owns which addresses of a VPC reach the internet, as its routes, gateways and subnets are now.
import { hasWayOut } from '../../../rules/vpc/way-out.ts'
import type { Ec2State } from './state.ts'

export interface WaysOut {
  /** The blocks of a VPC's subnets from which the internet is reached. */
  blocks(vpcId: string): readonly string[]
  /** Calls back after something changed that they depend on. @returns a function that ends it */
  onChange(listener: () => void): () => void
}

/** Looks at the tables of EC2. */
export function createWaysOut(ec2: Ec2State): WaysOut {
  const { subnets, routeTables, internetGateways, natGateways } = ec2
  return {
    blocks(vpcId) {
      const gateways = {
        subnets: subnets.list(),
        tables: routeTables.list(),
        internetGateways: internetGateways.list(),
        natGateways: natGateways.list(),
      }
      return gateways.subnets
        .filter((subnet) => subnet.vpcId === vpcId && hasWayOut(subnet, gateways))
        .map(({ cidr }) => cidr)
    },
    onChange(listener) {
      const ends = [
        subnets.watch(listener),
        routeTables.watch(listener),
        internetGateways.watch(listener),
        natGateways.watch(listener),
      ]
      return () => ends.forEach((end) => end())
    },
  }
}
