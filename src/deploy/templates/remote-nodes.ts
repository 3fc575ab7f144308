// Owns what a cluster stack has for hybrid nodes: their role, its access entry, and the ways of a VPC to their networks.
// Source: eksctl pkg/cfn/builder (iam.go, cluster.go, vpc_ipv4.go).
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { remoteNetworks, remoteProvider } from '../../config/remote-networks.ts'
import {
  exported,
  getAtt,
  managedPolicy,
  ref,
  serviceTrust,
  sub,
  type Resources,
  type TemplateOutput,
  type Value,
} from './template.ts'

const ROLES = { ssm: 'HybridNodesSSMRole', ira: 'HybridNodesIRARole' }
const MANAGED = ['AmazonSSMManagedInstanceCore', 'AmazonEC2ContainerRegistryPullOnly']

/** All blocks of hybrid nodes and their pods, in the order in which eksctl numbers what it makes for them. */
function blocksOf(config: ClusterConfig): readonly string[] {
  const networks = remoteNetworks(config)
  return networks ? [...networks.nodes, ...networks.pods] : []
}

/** What `AWS::EKS::Cluster` says of the networks. */
export function remoteNetworkProperties(config: ClusterConfig): Record<string, Value> {
  if (!remoteNetworks(config)) return {}
  const { remoteNodeNetworks = [], remotePodNetworks = [] } = config.remoteNetworkConfig ?? {}
  const blocks = (networks: typeof remoteNodeNetworks) => networks.map(({ cidrs = [] }) => ({ Cidrs: cidrs }))
  return {
    RemoteNetworkConfig: {
      RemoteNodeNetworks: blocks(remoteNodeNetworks),
      ...(remotePodNetworks.length > 0 ? { RemotePodNetworks: blocks(remotePodNetworks) } : {}),
    },
  }
}

/** The role of hybrid nodes with what gives them credentials, and the access entry that lets them in. */
export function remoteNodes(config: ClusterConfig): Resources {
  if (!remoteNetworks(config)) return {}
  return {
    ...(isRoleGiven(config) ? {} : remoteProvider(config) === 'ira' ? anywhere(config) : systemsManager()),
    RemoteNodesAccessEntry: {
      Type: 'AWS::EKS::AccessEntry',
      DependsOn: ['ControlPlane'],
      Properties: {
        PrincipalArn: roleArn(config),
        ClusterName: config.metadata.name,
        Type: 'HYBRID_LINUX',
      },
    },
  }
}

/** What tells the owner of the machines how they get in. */
export function remoteNodesOutputs(config: ClusterConfig): Record<string, TemplateOutput> {
  if (!remoteNetworks(config)) return {}
  const isAnywhere = !isRoleGiven(config) && remoteProvider(config) === 'ira'
  return {
    RemoteNodesRoleARN: exported('RemoteNodesRoleARN', roleArn(config)),
    ...(isAnywhere
      ? {
          RemoteNodesTrustAnchorARN: exported(
            'RemoteNodesTrustAnchorARN',
            getAtt('TrustAnchor', 'TrustAnchorArn'),
          ),
          RemoteNodesAnywhereProfileARN: exported(
            'RemoteNodesAnywhereProfileARN',
            getAtt('AnywhereProfile', 'ProfileArn'),
          ),
        }
      : {}),
  }
}

function isRoleGiven({ remoteNetworkConfig: remote }: ClusterConfig): boolean {
  return remote?.iam?.roleARN !== undefined
}

// eksctl itself names the role that it did not make, and CloudFormation refuses its template.
function roleArn(config: ClusterConfig): Value {
  return config.remoteNetworkConfig?.iam?.roleARN ?? getAtt(ROLES[remoteProvider(config)], 'Arn')
}

function allow(PolicyName: string, ...Action: string[]): Value {
  return {
    PolicyName,
    PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] },
  }
}

function systemsManager(): Resources {
  return {
    [ROLES.ssm]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: serviceTrust({ service: 'SSM' }),
        Policies: [
          allow('SSMRolePolicy', 'ssm:DeregisterManagedInstance', 'ssm:DescribeInstanceInformation'),
          allow('EKSDescribeCluster', 'eks:DescribeCluster'),
        ],
        ManagedPolicyArns: MANAGED.map(managedPolicy),
      },
    },
  }
}

function anywhere({ remoteNetworkConfig: remote }: ClusterConfig): Resources {
  return {
    TrustAnchor: {
      Type: 'AWS::RolesAnywhere::TrustAnchor',
      Properties: {
        Enabled: true,
        Name: sub('${AWS::StackName}-CA'),
        Source: {
          SourceType: 'CERTIFICATE_BUNDLE',
          SourceData: { X509CertificateData: remote?.iam?.caBundleCert },
        },
      },
    },
    AnywhereProfile: {
      Type: 'AWS::RolesAnywhere::Profile',
      DependsOn: [ROLES.ira],
      Properties: {
        Enabled: true,
        Name: sub('${AWS::StackName}-remote-nodes'),
        RoleArns: [getAtt(ROLES.ira, 'Arn')],
        AcceptRoleSessionName: true,
      },
    },
    [ROLES.ira]: {
      Type: 'AWS::IAM::Role',
      DependsOn: ['TrustAnchor'],
      Properties: {
        AssumeRolePolicyDocument: serviceTrust({
          service: 'IRA',
          actions: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
          condition: { ArnEquals: { 'aws:SourceArn': getAtt('TrustAnchor', 'TrustAnchorArn') } },
        }),
        Policies: [allow('EKSDescribeCluster', 'eks:DescribeCluster')],
        ManagedPolicyArns: MANAGED.toReversed().map(managedPolicy),
      },
    },
  }
}

/** The rules that let the networks call the API, of the group that the stack makes for the control plane. */
export function remoteIngress(
  config: ClusterConfig,
): readonly { readonly name: string; readonly cidr: string }[] {
  return blocksOf(config).map((cidr, index) => ({ name: `IngressControlPlaneRemoteNetworks${index}`, cidr }))
}

/**
 * The attachment of a VPC that is made to its gateway, and the routes of its private subnets to the networks.
 * @param zones what the logical ids of private subnets and their route tables end with
 */
export function remoteRoutes(config: ClusterConfig, zones: readonly string[]): Resources {
  const gateway = config.remoteNetworkConfig?.vpcGatewayID
  if (gateway === undefined || !remoteNetworks(config)) return {}
  const isTransit = gateway.startsWith('tgw')
  const attachment = isTransit ? 'TransitGatewayAttachment' : 'VirtualPrivateGatewayAttachment'
  const routes = zones.flatMap((zone) =>
    blocksOf(config).map((cidr, index) => [
      `${isTransit ? 'TGW' : 'VGW'}PrivateSubnetRoute${index}${zone}`,
      {
        Type: 'AWS::EC2::Route',
        DependsOn: [attachment],
        Properties: {
          RouteTableId: ref(`PrivateRouteTable${zone}`),
          DestinationCidrBlock: cidr,
          [isTransit ? 'TransitGatewayId' : 'GatewayId']: gateway,
        },
      },
    ]),
  )
  return {
    [attachment]: isTransit
      ? {
          Type: 'AWS::EC2::TransitGatewayAttachment',
          Properties: {
            TransitGatewayId: gateway,
            VpcId: ref('VPC'),
            SubnetIds: zones.map((zone) => ref(`SubnetPrivate${zone}`)),
          },
        }
      : {
          Type: 'AWS::EC2::VPCGatewayAttachment',
          Properties: { VpnGatewayId: gateway, VpcId: ref('VPC') },
        },
    ...Object.fromEntries(routes),
  }
}
