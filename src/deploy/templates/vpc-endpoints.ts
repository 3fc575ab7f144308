// Owns the VPC endpoints of a fully private cluster, by which its nodes reach AWS without the internet.
// Source: eksctl pkg/cfn/builder/vpc_endpoint.go, pkg/apis/eksctl.io/v1alpha5/endpoint_service.go.
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { enabledLogTypes } from '../../rules/eksctl/log-types.ts'
import type { Resources, Value } from './template.ts'

const REQUIRED = ['ec2', 'ecr.api', 'ecr.dkr', 's3', 'sts']
// Layers of images come from S3, and its gateway costs nothing.
const BY_GATEWAY = 's3'

/** The services that endpoints are made for; none where the cluster is not private, or brings its own. */
export function endpointServices(config: ClusterConfig): readonly string[] {
  const { enabled, skipEndpointCreation, additionalEndpointServices = [] } = config.privateCluster ?? {}
  if (enabled !== true || skipEndpointCreation === true) return []
  const logs = enabledLogTypes(config).length > 0 ? ['logs'] : []
  return [...new Set([...REQUIRED, ...additionalEndpointServices, ...logs])]
}

/** Where endpoints are made: a part of the network of the cluster's stack. */
interface PrivateNetwork {
  readonly vpc: Value
  readonly privateSubnets: readonly Value[]
  readonly privateRouteTables: readonly Value[]
}

/** The endpoints, in the private subnets of the network. `group` is the security group of all nodes. */
export function vpcEndpoints(config: ClusterConfig, network: PrivateNetwork, group: Value): Resources {
  const { region } = config.metadata
  const prefix = region.startsWith('cn-') ? 'cn.com.amazonaws' : 'com.amazonaws'
  return Object.fromEntries(
    endpointServices(config).map((service) => {
      const place =
        service === BY_GATEWAY
          ? { VpcEndpointType: 'Gateway', RouteTableIds: network.privateRouteTables }
          : {
              VpcEndpointType: 'Interface',
              SubnetIds: network.privateSubnets,
              PrivateDnsEnabled: true,
              SecurityGroupIds: [group],
            }
      return [
        `VPCEndpoint${service.replaceAll('.', '').toUpperCase()}`,
        {
          Type: 'AWS::EC2::VPCEndpoint',
          Properties: { ServiceName: `${prefix}.${region}.${service}`, VpcId: network.vpc, ...place },
        },
      ]
    }),
  )
}
