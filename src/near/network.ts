// Owns what of a config's network is made near: on AWS it is there already.
import type { ClusterConfig, NodeGroupBase } from '../config/cluster-config.ts'
import { zoneOf } from '../deploy/subnets.ts'
import type { NetworkRequest } from '../region/admin.ts'

/** What the file says of a network that is there already; undefined when it says nothing, as eksctl makes one then. */
export function networkOf(config: ClusterConfig): NetworkRequest | undefined {
  const { vpc = {} } = config
  const wishes = (['private', 'public'] as const).flatMap((topology) =>
    Object.entries(vpc.subnets?.[topology] ?? {}).map(([name, spec]) => {
      const zone = zoneOf(name, spec)
      return {
        ...(spec.id === undefined ? {} : { id: spec.id }),
        ...(zone === undefined ? {} : { zone }),
        ...(spec.cidr === undefined ? {} : { cidr: spec.cidr }),
        public: topology === 'public',
      }
    }),
  )
  if (wishes.length === 0) return undefined
  const known = new Set(wishes.flatMap(({ id }) => id ?? []))
  const besides = [...new Set(idsBesides(config))].filter((id) => !known.has(id))
  const securityGroups = [...new Set(groupsOf(config))]
  return {
    subnets: [...wishes, ...besides.map((id) => ({ id, public: false }))],
    ...(vpc.id === undefined ? {} : { vpcId: vpc.id }),
    ...(vpc.cidr === undefined ? {} : { cidr: vpc.cidr }),
    ...(securityGroups.length === 0 ? {} : { securityGroups }),
  }
}

function groupsOfNodes({ nodeGroups = [], managedNodeGroups = [] }: ClusterConfig): readonly NodeGroupBase[] {
  return [...nodeGroups, ...managedNodeGroups]
}

// Subnets that only the control plane, a node group or a profile is in.
function idsBesides(config: ClusterConfig): readonly string[] {
  const named = [
    ...(config.vpc?.controlPlaneSubnetIDs ?? []),
    ...groupsOfNodes(config).flatMap(({ subnets = [] }) => subnets),
    ...(config.fargateProfiles ?? []).flatMap(({ subnets = [] }) => subnets),
  ]
  return named.filter((name) => name.startsWith('subnet-'))
}

function groupsOf(config: ClusterConfig): readonly string[] {
  const { securityGroup, sharedNodeSecurityGroup, controlPlaneSecurityGroupIDs = [] } = config.vpc ?? {}
  return [
    ...(securityGroup === undefined ? [] : [securityGroup]),
    ...(sharedNodeSecurityGroup === undefined ? [] : [sharedNodeSecurityGroup]),
    ...controlPlaneSecurityGroupIDs,
    ...groupsOfNodes(config).flatMap(({ securityGroups }) => securityGroups?.attachIDs ?? []),
  ]
}
