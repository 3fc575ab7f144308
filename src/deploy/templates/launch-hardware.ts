// Owns what a launch template asks of EC2's hardware: Elastic Fabric Adapters, reserved capacity, where instances stand.
// Source: eksctl pkg/cfn/builder (network_interfaces.go, managed_launch_template.go, nodegroup.go, vpc.go), pkg/utils/efa.
import type { NodeGroupBase } from '../../config/cluster-config.ts'
import { minorOf } from '../../rules/eks/version-skew.ts'
import { instanceTypesOf } from '../../rules/eksctl/node-group-defaults.ts'
import { networkCardsOf } from '../../rules/nodes/instance-types.ts'
import { ref, type Resources, type Value } from './template.ts'

/** From here on the cluster's own security group lets adapters talk to each other (EFABuiltInSupportVersion). */
const BUILT_IN_MINOR = 33

/** Interfaces that are adapters, one a card of the smallest type of the group; the first alone has device index 0. */
export function efaInterfaces(group: NodeGroupBase, groups: readonly Value[]): readonly Value[] {
  const cards = Math.min(...instanceTypesOf(group).map(networkCardsOf))
  return Array.from({ length: cards }, (_, card) => ({
    DeviceIndex: card === 0 ? 0 : 1,
    NetworkCardIndex: card,
    InterfaceType: 'efa',
    Groups: groups,
  }))
}

/**
 * Whether a group's adapters need a security group of their own.
 * @param version of the cluster, `1.35`, for a managed group: the others always need one
 */
export function needsEfaGroup({ efaEnabled }: NodeGroupBase, version?: string): boolean {
  return efaEnabled === true && !(version !== undefined && minorOf(version) >= BUILT_IN_MINOR)
}

/** The security group `EFASG`, whose members reach each other by whatever protocol. */
export function efaSecurityGroup(group: NodeGroupBase, vpc: Value): Resources {
  const own = ref('EFASG')
  const rule = {
    GroupId: own,
    IpProtocol: '-1',
    Description: `Allow worker nodes in group ${group.name} to communicate to itself (EFA-enabled)`,
  }
  return {
    EFASG: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { VpcId: vpc, GroupDescription: 'EFA-enabled security group' },
    },
    EFAIngressSelf: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: { ...rule, SourceSecurityGroupId: own },
    },
    EFAEgressSelf: {
      Type: 'AWS::EC2::SecurityGroupEgress',
      Properties: { ...rule, DestinationSecurityGroupId: own },
    },
  }
}

const PLACEMENT_GROUP = 'NodeGroupPlacementGroup'

/** The placement group that adapters get where the file names none; a reservation has one already. */
export function efaPlacementGroup(group: NodeGroupBase): Resources {
  if (!makesPlacementGroup(group)) return {}
  return { [PLACEMENT_GROUP]: { Type: 'AWS::EC2::PlacementGroup', Properties: { Strategy: 'cluster' } } }
}

function makesPlacementGroup({ efaEnabled, placement, capacityReservation }: NodeGroupBase): boolean {
  return efaEnabled === true && !placement && !capacityReservation
}

/** Where a group's instances are placed; nothing where nothing asks for a place. */
export function placement(group: NodeGroupBase): { readonly Placement?: Value } {
  const name = group.placement?.groupName
  if (name !== undefined) return { Placement: { GroupName: name } }
  return makesPlacementGroup(group) ? { Placement: { GroupName: ref(PLACEMENT_GROUP) } } : {}
}

/** The capacity that is reserved for a group's instances, and the block that it is bought in. */
export function reservation(group: NodeGroupBase): {
  readonly CapacityReservationSpecification?: Value
  readonly InstanceMarketOptions?: Value
} {
  const { capacityReservation: reserved, instanceMarketOptions: market } = group
  if (!reserved) return {}
  const { capacityReservationPreference, capacityReservationTarget: target } = reserved
  return {
    CapacityReservationSpecification: {
      CapacityReservationPreference: capacityReservationPreference,
      ...(target
        ? {
            CapacityReservationTarget: {
              CapacityReservationId: target.capacityReservationID,
              CapacityReservationResourceGroupArn: target.capacityReservationResourceGroupARN,
            },
          }
        : {}),
    },
    ...(market?.marketType === undefined ? {} : { InstanceMarketOptions: { MarketType: market.marketType } }),
  }
}
