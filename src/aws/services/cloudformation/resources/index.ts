// Owns the table of the resource types that stacks may have.
import { vpcCidrBlock, subnetCidrBlock } from './ec2/cidr-blocks.ts'
import { dhcpOptions, vpcDhcpOptionsAssociation } from './ec2/dhcp-options.ts'
import { prefixList } from './ec2/prefix-list.ts'
import { egressOnlyInternetGateway } from './ec2/egress-only-internet-gateway.ts'
import { volumeAttachment } from './ec2/volume-attachment.ts'
import { identityProviderConfig } from './eks/identity-provider-config.ts'
import { launchConfiguration } from './launch-configuration.ts'
import { autoScalingGroup } from './auto-scaling-group.ts'
import { cdkMetadata } from './cdk-metadata.ts'
import { elasticIpAssociation } from './ec2/eip-association.ts'
import { elasticIp } from './ec2/eip.ts'
import { instance } from './ec2/instance.ts'
import { keyPair } from './ec2/key-pair.ts'
import { launchTemplate } from './ec2/launch-template.ts'
import { natGateway } from './ec2/nat-gateway.ts'
import { networkAcl, networkAclEntry, subnetNetworkAclAssociation } from './ec2/network-acl.ts'
import { networkInterface } from './ec2/network-interface.ts'
import { placementGroup } from './ec2/placement-group.ts'
import { internetGateway, routeTable } from './ec2/plain.ts'
import { route } from './ec2/route.ts'
import { securityGroupEgress, securityGroupIngress } from './ec2/security-group-rule.ts'
import { securityGroup } from './ec2/security-group.ts'
import { subnetRouteTableAssociation } from './ec2/subnet-route-table-association.ts'
import { subnet } from './ec2/subnet.ts'
import { volume } from './ec2/volume.ts'
import { vpcEndpoint } from './ec2/vpc-endpoint.ts'
import { vpcGatewayAttachment } from './ec2/vpc-gateway-attachment.ts'
import { vpc } from './ec2/vpc.ts'
import { ecrRepository } from './ecr-repository.ts'
import { accessEntry } from './eks/access-entry.ts'
import { addon } from './eks/addon.ts'
import { cluster } from './eks/cluster.ts'
import { fargateProfile } from './eks/fargate-profile.ts'
import { nodegroup } from './eks/nodegroup.ts'
import { podIdentityAssociation } from './eks/pod-identity-association.ts'
import { listenerRule } from './elbv2/listener-rule.ts'
import { listener } from './elbv2/listener.ts'
import { classicLoadBalancer } from './elb/load-balancer.ts'
import { loadBalancer } from './elbv2/load-balancer.ts'
import { targetGroup } from './elbv2/target-group.ts'
import { trustStore } from './elbv2/trust-store.ts'
import { accessKey } from './iam/access-key.ts'
import { group } from './iam/group.ts'
import { instanceProfile } from './iam/instance-profile.ts'
import { managedPolicy } from './iam/managed-policy.ts'
import { oidcProvider } from './iam/oidc-provider.ts'
import { groupPolicy, rolePolicy, userPolicy } from './iam/owned-policy.ts'
import { policy } from './iam/policy.ts'
import { role } from './iam/role.ts'
import { userToGroupAddition } from './iam/user-to-group-addition.ts'
import { user } from './iam/user.ts'
import { alias, key } from './kms.ts'
import { logGroup } from './log-group.ts'
import { logStream } from './log-stream.ts'
import { nestedStack } from './nested-stack.ts'
import type { ResourceType } from './resource-type.ts'
import { bucketPolicy } from './s3/bucket-policy.ts'
import { bucket } from './s3/bucket.ts'
import { ssmParameter } from './ssm-parameter.ts'
import { waitConditionHandle } from './wait-condition-handle.ts'
import { waitCondition } from './wait-condition.ts'

const types: readonly ResourceType[] = [
  accessEntry,
  accessKey,
  addon,
  alias,
  autoScalingGroup,
  bucket,
  bucketPolicy,
  cdkMetadata,
  cluster,
  dhcpOptions,
  ecrRepository,
  egressOnlyInternetGateway,
  elasticIp,
  elasticIpAssociation,
  fargateProfile,
  group,
  groupPolicy,
  identityProviderConfig,
  instance,
  instanceProfile,
  internetGateway,
  key,
  keyPair,
  launchConfiguration,
  launchTemplate,
  listener,
  listenerRule,
  classicLoadBalancer,
  loadBalancer,
  logGroup,
  logStream,
  managedPolicy,
  natGateway,
  nestedStack,
  networkAcl,
  networkAclEntry,
  networkInterface,
  nodegroup,
  oidcProvider,
  placementGroup,
  prefixList,
  podIdentityAssociation,
  policy,
  role,
  rolePolicy,
  route,
  routeTable,
  securityGroup,
  securityGroupEgress,
  securityGroupIngress,
  ssmParameter,
  subnet,
  subnetCidrBlock,
  subnetNetworkAclAssociation,
  subnetRouteTableAssociation,
  targetGroup,
  trustStore,
  user,
  userPolicy,
  userToGroupAddition,
  volume,
  volumeAttachment,
  vpc,
  vpcCidrBlock,
  vpcDhcpOptionsAssociation,
  vpcEndpoint,
  vpcGatewayAttachment,
  waitCondition,
  waitConditionHandle,
]

const byName = new Map(types.map((type) => [type.name, type]))

/** The types that stacks may have, in order of name; any other is refused by name. */
export function resourceTypes(): readonly ResourceType[] {
  return types.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The type of that name; undefined when it is not emulated. */
export function findResourceType(name: string): ResourceType | undefined {
  return byName.get(name)
}
