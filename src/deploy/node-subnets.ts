// Owns the question which subnets the nodes of a group are in.
import type { ClusterConfig, NodeGroupBase } from '../config/cluster-config.ts'
import { UserError } from '../base/errors.ts'
import { clusterStackName } from '../rules/eksctl/stack-names.ts'
import { subnetsOf } from './subnets.ts'
import { importValue, type Value } from './templates/template.ts'

/**
 * Ids or references. Subnets named in the group may be ids, or names or zones of the cluster's own; without any, they are
 * those of the cluster.
 * @throws UserError when they are none of the cluster's
 */
export function subnetsFor(config: ClusterConfig, group: NodeGroupBase): Value {
  const given = subnetsOf(config)
  const all = [...given.private, ...given.public]
  const topology = group.privateNetworking === true || given.public.length === 0 ? 'private' : 'public'
  if (all.length === 0) {
    const output = group.privateNetworking === true ? 'SubnetsPrivate' : 'SubnetsPublic'
    const list: Value = {
      'Fn::Split': [',', importValue(`${clusterStackName(config.metadata.name)}::${output}`)],
    }
    return group.availabilityZones === undefined ? list : inZones(config, group.availabilityZones, list)
  }
  const zones = group.availabilityZones
  const candidates = given[topology].filter((subnet) => zones === undefined || zones.includes(subnet.zone))
  const named = group.subnets?.map((name) => resolveSubnet(name, all))
  return named ?? candidates.map((subnet) => subnet.id)
}

// The cluster's own VPC has one subnet of each kind a zone, listed in the order of the zones.
function inZones(config: ClusterConfig, zones: readonly string[], list: Value): Value {
  return zones.map((zone) => {
    const index = config.availabilityZones?.indexOf(zone) ?? -1
    if (index < 0) {
      throw new UserError(`node group zone ${zone} is none of the cluster's`, {
        help: 'Name the zones of the cluster under availabilityZones, and those of the node group among them.',
      })
    }
    return { 'Fn::Select': [String(index), list] }
  })
}

function resolveSubnet(
  name: string,
  all: readonly { readonly id: string; readonly name: string; readonly zone: string }[],
): string {
  if (name.startsWith('subnet-')) return name
  const found = all.find((subnet) => subnet.name === name || subnet.zone === name)
  if (found) return found.id
  throw new UserError(`node group subnet "${name}" is neither a subnet id nor one of vpc.subnets`, {
    help: `Use one of: ${all.map((subnet) => subnet.name).join(', ')}.`,
  })
}
