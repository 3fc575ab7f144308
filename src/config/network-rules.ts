// Owns what eksctl refuses of a config's network beyond the types of the fields.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5/validation.go (ValidateVPCConfig, ValidateClusterEndpointConfig),
// pkg/vpc/vpc.go, pkg/ctl/create/cluster.go.
import type { ClusterConfig, SubnetSpec } from './cluster-config.ts'
import { invalidValues, type Fault } from './fault.ts'
import type { Position, Problem } from './problem.ts'
import type { Path } from './yaml.ts'

// A control plane is in two zones, or EKS makes none.
const LEAST_SUBNETS = 2

/** The rules about VPC, subnets and endpoints that a config breaks. */
export function networkRulesBroken(config: ClusterConfig, locate: (path: Path) => Position): Problem[] {
  return invalidValues(
    [...vpcFaults(config), ...subnetFaults(config), ...zoneFaults(config), ...privateFaults(config)],
    locate,
  )
}

function vpcFaults({ vpc = {}, availabilityZones = [] }: ClusterConfig): readonly Fault[] {
  const faults: Fault[] = []
  const { clusterEndpoints: endpoints, subnets } = vpc
  const hasSubnets = subnetsGiven(vpc.subnets?.private).length + subnetsGiven(vpc.subnets?.public).length > 0
  if (endpoints && endpoints.publicAccess !== true && endpoints.privateAccess !== true)
    faults.push({
      message: 'Kubernetes API access must have one of public or private clusterEndpoints enabled',
      path: ['vpc', 'clusterEndpoints'],
    })
  if (vpc.securityGroup !== undefined && (vpc.controlPlaneSecurityGroupIDs ?? []).length > 0)
    faults.push({
      message: 'only one of vpc.securityGroup and vpc.controlPlaneSecurityGroupIDs can be specified',
      path: ['vpc', 'securityGroup'],
    })
  if (vpc.manageSharedNodeSecurityGroupRules === false && vpc.sharedNodeSecurityGroup === undefined)
    faults.push({
      message: 'vpc.manageSharedNodeSecurityGroupRules can be false beside vpc.sharedNodeSecurityGroup only',
      path: ['vpc', 'manageSharedNodeSecurityGroupRules'],
    })
  if (vpc.controlPlaneOnPrivateSubnets === true && (vpc.controlPlaneSubnetIDs ?? []).length > 0)
    faults.push({
      message: 'only one of vpc.controlPlaneSubnetIDs and vpc.controlPlaneOnPrivateSubnets can be specified',
      path: ['vpc', 'controlPlaneOnPrivateSubnets'],
    })
  if (
    vpc.controlPlaneOnPrivateSubnets === true &&
    hasSubnets &&
    Object.keys(subnets?.private ?? {}).length < 2
  )
    faults.push({
      message: 'vpc.controlPlaneOnPrivateSubnets needs two private subnets',
      path: ['vpc', 'controlPlaneOnPrivateSubnets'],
    })
  if (vpc.id !== undefined && !hasSubnets)
    faults.push({
      message: 'vpc.id without vpc.subnets: eksctl would make a VPC of its own',
      path: ['vpc', 'id'],
      help: 'Name the subnets of the VPC under vpc.subnets, or leave vpc.id out.',
    })
  if (hasSubnets && availabilityZones.length > 0)
    faults.push({
      message: 'vpc.subnets and availabilityZones cannot be set at the same time',
      path: ['availabilityZones'],
    })
  return faults
}

function subnetsGiven(subnets: Readonly<Record<string, SubnetSpec>> | undefined): readonly SubnetSpec[] {
  return Object.values(subnets ?? {})
}

function subnetFaults({ vpc = {} }: ClusterConfig): readonly Fault[] {
  const faults: Fault[] = []
  for (const topology of ['private', 'public'] as const) {
    const subnets = vpc.subnets?.[topology] ?? {}
    const path = ['vpc', 'subnets', topology]
    const count = Object.keys(subnets).length
    if (count > 0 && count < LEAST_SUBNETS)
      faults.push({
        message: `${topology} subnets: ${count} of at least ${LEAST_SUBNETS} that a cluster needs`,
        path,
        help: 'Name subnets in at least two availability zones.',
      })
    for (const [name, { id, cidr }] of Object.entries(subnets)) {
      if (id !== undefined || vpc.id !== undefined) continue
      const by = cidr === undefined ? 'its zone' : 'its CIDR'
      faults.push({
        message: `the ${topology} subnet ${name} has no id, and cannot be found by ${by} without vpc.id`,
        path: [...path, name],
        help: 'Give the subnet its id, or the VPC under vpc.id.',
      })
    }
  }
  return faults
}

// A VPC that is made has one subnet of each kind in each of the cluster's zones, and none elsewhere.
function zoneFaults(config: ClusterConfig): readonly Fault[] {
  const { availabilityZones: zones = [], nodeGroups = [], managedNodeGroups = [] } = config
  if (zones.length === 0) return []
  return Object.entries({ nodeGroups, managedNodeGroups }).flatMap(([field, groups]) =>
    groups.flatMap(({ name, availabilityZones = [] }, index) =>
      availabilityZones.flatMap((zone, at) => {
        if (zones.includes(zone)) return []
        return {
          message: `node group ${name}: the cluster has no subnet in the zone ${zone}`,
          path: [field, index, 'availabilityZones', at],
          help: `Use zones of the cluster (${zones.join(', ')}), or name ${zone} among its availabilityZones.`,
        }
      }),
    ),
  )
}

function privateFaults(config: ClusterConfig): readonly Fault[] {
  const { privateCluster, vpc, nodeGroups = [], managedNodeGroups = [] } = config
  if (privateCluster?.enabled !== true) return []
  const faults: Fault[] = []
  if (vpc?.clusterEndpoints)
    faults.push({
      message:
        'vpc.clusterEndpoints cannot be set for a fully-private cluster (privateCluster.enabled) as the endpoint access defaults to private-only',
      path: ['vpc', 'clusterEndpoints'],
    })
  if (vpc?.id !== undefined && Object.keys(vpc.subnets?.private ?? {}).length === 0)
    faults.push({
      message:
        'vpc.subnets.private must be specified in a fully-private cluster when a pre-existing VPC is supplied',
      path: ['vpc', 'subnets'],
    })
  if (
    privateCluster.skipEndpointCreation === true &&
    (privateCluster.additionalEndpointServices ?? []).length > 0
  )
    faults.push({
      message:
        'privateCluster.additionalEndpointServices cannot be set when privateCluster.skipEndpointCreation is true',
      path: ['privateCluster', 'additionalEndpointServices'],
    })
  for (const [field, groups] of Object.entries({ nodeGroups, managedNodeGroups }))
    for (const [index, { privateNetworking }] of groups.entries())
      if (privateNetworking !== true)
        faults.push({
          message: `${field}[${index}].privateNetworking must be enabled for a fully-private cluster`,
          path: [field, index],
        })
  return faults
}
