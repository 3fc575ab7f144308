// Owns the steps of what stands around EC2's networks: ACLs, endpoints, placement groups, key pairs.
import { step, type Step } from './step.ts'

const ENTRY = { RuleNumber: 110, Protocol: '6', RuleAction: 'allow', Egress: false, CidrBlock: '10.0.0.0/8' }
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl tour@example'
const RULE = { IpProtocol: 'tcp', FromPort: 81, ToPort: 81, CidrIpv4: '10.0.0.0/8' }
const PERMISSION = {
  IpProtocol: 'tcp',
  FromPort: 81,
  ToPort: 81,
  IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'd' }],
}

const keyPairs: readonly Step[] = [
  step('ec2', 'CreateKeyPair', { KeyName: 'made', KeyType: 'ed25519' }),
  step('ec2', 'ImportKeyPair', { KeyName: 'imported', PublicKeyMaterial: Buffer.from(KEY) }),
  step('ec2', 'DescribeKeyPairs', { KeyNames: ['imported'], IncludePublicKey: true }),
  step('ec2', 'DeleteKeyPair', { KeyName: 'imported' }),
  step('ec2', 'CreatePlacementGroup', { GroupName: 'near', Strategy: 'cluster' }),
  step('ec2', 'DescribePlacementGroups', { GroupNames: ['near'] }),
  step('ec2', 'DeletePlacementGroup', { GroupName: 'near' }),
]

const defaults: readonly Step[] = [
  step('ec2', 'CreateDefaultVpc', {}, { defaultVpc: 'Vpc.VpcId' }),
  step('ec2', 'ModifyVpcTenancy', ({ defaultVpc }) => ({ VpcId: defaultVpc, InstanceTenancy: 'default' })),
]

const acls: readonly Step[] = [
  step('ec2', 'CreateNetworkAcl', ({ vpc }) => ({ VpcId: vpc, ClientToken: 'acl' }), {
    acl: 'NetworkAcl.NetworkAclId',
  }),
  step('ec2', 'CreateNetworkAclEntry', ({ acl }) => ({ NetworkAclId: acl, ...ENTRY })),
  step('ec2', 'ReplaceNetworkAclEntry', ({ acl }) => ({ NetworkAclId: acl, ...ENTRY })),
  step('ec2', 'DeleteNetworkAclEntry', ({ acl }) => ({
    NetworkAclId: acl,
    RuleNumber: ENTRY.RuleNumber,
    Egress: false,
  })),
  step(
    'ec2',
    'DescribeNetworkAcls',
    ({ subnet }) => ({ Filters: [{ Name: 'association.subnet-id', Values: [subnet] }] }),
    {
      firstAcl: 'NetworkAcls.0.NetworkAclId',
      aclAssociation: 'NetworkAcls.0.Associations.0.NetworkAclAssociationId',
    },
  ),
  step(
    'ec2',
    'ReplaceNetworkAclAssociation',
    ({ acl, aclAssociation }) => ({ AssociationId: aclAssociation, NetworkAclId: acl }),
    { aclAssociation: 'NewAssociationId' },
  ),
  step('ec2', 'ReplaceNetworkAclAssociation', ({ firstAcl, aclAssociation }) => ({
    AssociationId: aclAssociation,
    NetworkAclId: firstAcl,
  })),
  step('ec2', 'DeleteNetworkAcl', ({ acl }) => ({ NetworkAclId: acl })),
]

const endpoints: readonly Step[] = [
  step('ec2', 'DescribeVpcEndpointServices', ({ region }) => ({
    ServiceNames: [`com.amazonaws.${region}.s3`],
  })),
  step('ec2', 'DescribePrefixLists'),
  step(
    'ec2',
    'CreateManagedPrefixList',
    () => ({
      PrefixListName: 'office',
      AddressFamily: 'IPv4',
      MaxEntries: 5,
      Entries: [{ Cidr: '203.0.113.0/24', Description: 'the office' }],
      ClientToken: 'office',
    }),
    { prefixList: 'PrefixList.PrefixListId' },
  ),
  step('ec2', 'DescribeManagedPrefixLists', ({ prefixList }) => ({ PrefixListIds: [prefixList] })),
  step('ec2', 'ModifyManagedPrefixList', ({ prefixList }) => ({
    PrefixListId: prefixList,
    CurrentVersion: 1,
    AddEntries: [{ Cidr: '198.51.100.0/24' }],
    RemoveEntries: [{ Cidr: '203.0.113.0/24' }],
  })),
  step('ec2', 'GetManagedPrefixListEntries', ({ prefixList }) => ({
    PrefixListId: prefixList,
    TargetVersion: 1,
  })),
  step('ec2', 'RestoreManagedPrefixListVersion', ({ prefixList }) => ({
    PrefixListId: prefixList,
    PreviousVersion: 1,
    CurrentVersion: 2,
  })),
  step('ec2', 'GetManagedPrefixListAssociations', ({ prefixList }) => ({ PrefixListId: prefixList })),
  step('ec2', 'DeleteManagedPrefixList', ({ prefixList }) => ({ PrefixListId: prefixList })),
  step(
    'ec2',
    'CreateVpcEndpoint',
    ({ vpc, table, region }) => ({
      VpcId: vpc,
      ServiceName: `com.amazonaws.${region}.s3`,
      RouteTableIds: [table],
      ClientToken: 'endpoint',
    }),
    { endpoint: 'VpcEndpoint.VpcEndpointId' },
  ),
  step('ec2', 'DescribeVpcEndpoints', ({ endpoint }) => ({ VpcEndpointIds: [endpoint] })),
  step('ec2', 'ModifyVpcEndpoint', ({ endpoint, table }) => ({
    VpcEndpointId: endpoint,
    RemoveRouteTableIds: [table],
  })),
  step('ec2', 'DeleteVpcEndpoints', ({ endpoint }) => ({ VpcEndpointIds: [endpoint] })),
]

const rules: readonly Step[] = [
  step(
    'ec2',
    'AuthorizeSecurityGroupIngress',
    ({ group }) => ({ GroupId: group, IpPermissions: [PERMISSION] }),
    { rule: 'SecurityGroupRules.0.SecurityGroupRuleId' },
  ),
  step('ec2', 'ModifySecurityGroupRules', ({ group, rule }) => ({
    GroupId: group,
    SecurityGroupRules: [{ SecurityGroupRuleId: rule, SecurityGroupRule: RULE }],
  })),
  step('ec2', 'UpdateSecurityGroupRuleDescriptionsIngress', ({ group }) => ({
    GroupId: group,
    IpPermissions: [PERMISSION],
  })),
  step('ec2', 'UpdateSecurityGroupRuleDescriptionsEgress', ({ group }) => ({
    GroupId: group,
    IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'all' }] }],
  })),
]

const addresses: readonly Step[] = [
  step('ec2', 'AllocateAddress', {}, { loose: 'AllocationId' }),
  step('ec2', 'DescribeAddressesAttribute', ({ loose }) => ({
    AllocationIds: [loose],
    Attribute: 'domain-name',
  })),
  step('ec2', 'AssociateAddress', ({ loose, eni }) => ({ AllocationId: loose, NetworkInterfaceId: eni }), {
    looseAssociation: 'AssociationId',
  }),
  step('ec2', 'DisassociateAddress', ({ looseAssociation }) => ({ AssociationId: looseAssociation })),
  step('ec2', 'ReleaseAddress', ({ loose }) => ({ AllocationId: loose })),
]

/** All of them; they take a VPC, a subnet, a route table, a security group and an interface that are there. */
export const aroundNetworks: readonly Step[] = [
  ...keyPairs,
  ...defaults,
  ...acls,
  ...endpoints,
  ...rules,
  ...addresses,
]
