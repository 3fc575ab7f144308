// Owns the security groups of the cluster stack: the control plane's, the one that all nodes share, and their rules.
// Source: eksctl pkg/cfn/builder/cluster.go (addResourcesForSecurityGroups).
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { remoteIngress } from './remote-nodes.ts'
import { getAtt, nameTag, ref, type Resources, type Value } from './template.ts'

/** Groups of the file stand for the one that is made otherwise; nodes are let in to the first. */
export function controlPlaneGroups({ vpc = {} }: ClusterConfig): readonly [Value, ...Value[]] {
  if (vpc.securityGroup !== undefined) return [vpc.securityGroup]
  const [first, ...rest] = vpc.controlPlaneSecurityGroupIDs ?? []
  return first === undefined ? [ref('ControlPlaneSecurityGroup')] : [first, ...rest]
}

/** The groups that the stack makes, in this VPC, and the rules between them. */
export function securityGroups(config: ClusterConfig, vpc: Value): Resources {
  const isGiven = typeof controlPlaneGroups(config)[0] === 'string'
  const clusterGroup = getAtt('ControlPlane', 'ClusterSecurityGroupId')
  const shared = sharedGroupOf(config)
  return {
    ...(isGiven
      ? {}
      : {
          ControlPlaneSecurityGroup: securityGroup(
            'ControlPlaneSecurityGroup',
            vpc,
            'Communication between the control plane and worker nodegroups',
          ),
        }),
    ...(isGiven ? {} : extraIngress(config)),
    ...sharedNodeGroup(config, vpc),
    ...(config.vpc?.manageSharedNodeSecurityGroupRules === false
      ? {}
      : {
          IngressDefaultClusterToNodeSG: ingress(
            shared,
            clusterGroup,
            'Allow managed and unmanaged nodes to communicate with each other (all ports)',
          ),
          IngressNodeToDefaultClusterSG: ingress(
            clusterGroup,
            shared,
            'Allow unmanaged nodes to communicate with control plane (all ports)',
          ),
        }),
  }
}

/** The security group of all nodes: the file's, or the stack's own. */
export function sharedGroupOf({ vpc }: ClusterConfig): Value {
  return vpc?.sharedNodeSecurityGroup ?? ref('ClusterSharedNodeSecurityGroup')
}

function sharedNodeGroup({ vpc }: ClusterConfig, inVpc: Value): Resources {
  if (vpc?.sharedNodeSecurityGroup !== undefined) return {}
  const shared = ref('ClusterSharedNodeSecurityGroup')
  return {
    ClusterSharedNodeSecurityGroup: securityGroup(
      'ClusterSharedNodeSecurityGroup',
      inVpc,
      'Communication between all nodes in the cluster',
    ),
    IngressInterNodeGroupSG: ingress(
      shared,
      shared,
      'Allow nodes to communicate with each other (all ports)',
    ),
  }
}

// Blocks of peered and remote networks that call the API.
function extraIngress(config: ClusterConfig): Resources {
  const { vpc = {} } = config
  const rule = (name: string, Description: string, source: Record<string, Value>): Resources => ({
    [name]: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: {
        GroupId: ref('ControlPlaneSecurityGroup'),
        ...source,
        Description,
        IpProtocol: 'tcp',
        FromPort: 443,
        ToPort: 443,
      },
    },
  })
  const rules = [
    ...remoteIngress(config).map(({ name, cidr }) =>
      rule(name, `Allow nodes/pods from remote network (${cidr}) to communicate to controlplane`, {
        CidrIp: cidr,
      }),
    ),
    ...(vpc.extraCIDRs ?? []).map((cidr, index) =>
      rule(
        `IngressControlPlaneExtraCIDR${index}`,
        `Allow Extra CIDR ${index} (${cidr}) to communicate to controlplane`,
        { CidrIp: cidr },
      ),
    ),
    ...(vpc.extraIPv6CIDRs ?? []).map((cidr, index) =>
      rule(
        `IngressControlPlaneExtraIPv6CIDR${index}`,
        `Allow Extra IPv6 CIDR ${index} (${cidr}) to communicate to controlplane`,
        { CidrIpv6: cidr },
      ),
    ),
  ]
  return Object.assign({}, ...rules) as Resources
}

function securityGroup(logicalId: string, vpc: Value, description: string): Resources[string] {
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: { GroupDescription: description, VpcId: vpc, Tags: [nameTag(logicalId)] },
  }
}

function ingress(group: Value, source: Value, description: string): Resources[string] {
  return {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: {
      GroupId: group,
      SourceSecurityGroupId: source,
      Description: description,
      IpProtocol: '-1',
      FromPort: 0,
      ToPort: 65535,
    },
  }
}
