// Owns the steps of EC2's networks.
import { aroundNetworks } from './around-networks.ts'
import { ipv6 } from './ipv6.ts'
import { step, type Step } from './step.ts'

const TAG = [{ Key: 'k', Value: 'v' }]
const rule = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }

/** Makes, changes and looks at a VPC and what is in it. */
export const network: readonly Step[] = [
  step('ec2', 'DescribeRegions'),
  step('ec2', 'DescribeAvailabilityZones', {}, { zone: 'AvailabilityZones.0.ZoneName' }),
  step('ec2', 'DescribeAccountAttributes'),
  step('ec2', 'DescribeImages', { Owners: ['amazon'] }),
  step('ec2', 'DescribeInstanceTypes', { InstanceTypes: ['t3.large'] }),
  step('ec2', 'DescribeInstanceTypeOfferings'),
  step('ec2', 'CreateVpc', { CidrBlock: '10.7.0.0/16' }, { vpc: 'Vpc.VpcId' }),
  step('ec2', 'AssociateVpcCidrBlock', ({ vpc }) => ({ VpcId: vpc, CidrBlock: '100.64.0.0/16' }), {
    block: 'CidrBlockAssociation.AssociationId',
  }),
  step('ec2', 'DisassociateVpcCidrBlock', ({ block }) => ({ AssociationId: block })),
  step('ec2', 'DescribeVpcs', ({ vpc }) => ({ VpcIds: [vpc] })),
  step(
    'ec2',
    'CreateDhcpOptions',
    { DhcpConfigurations: [{ Key: 'domain-name', Values: ['example.com'] }] },
    { dhcp: 'DhcpOptions.DhcpOptionsId' },
  ),
  step('ec2', 'DescribeDhcpOptions', ({ dhcp }) => ({ DhcpOptionsIds: [dhcp] })),
  step('ec2', 'AssociateDhcpOptions', ({ dhcp, vpc }) => ({ DhcpOptionsId: dhcp, VpcId: vpc })),
  step('ec2', 'AssociateDhcpOptions', ({ vpc }) => ({ DhcpOptionsId: 'default', VpcId: vpc })),
  step('ec2', 'DeleteDhcpOptions', ({ dhcp }) => ({ DhcpOptionsId: dhcp })),
  step('ec2', 'ModifyVpcAttribute', ({ vpc }) => ({ VpcId: vpc, EnableDnsHostnames: { Value: true } })),
  step('ec2', 'DescribeVpcAttribute', ({ vpc }) => ({ VpcId: vpc, Attribute: 'enableDnsHostnames' })),
  step(
    'ec2',
    'CreateSubnet',
    ({ vpc, zone }) => ({ VpcId: vpc, CidrBlock: '10.7.1.0/24', AvailabilityZone: zone }),
    { subnet: 'Subnet.SubnetId' },
  ),
  step('ec2', 'DescribeSubnets', ({ subnet }) => ({ SubnetIds: [subnet] })),
  step('ec2', 'ModifySubnetAttribute', ({ subnet }) => ({
    SubnetId: subnet,
    MapPublicIpOnLaunch: { Value: true },
  })),
  step('ec2', 'CreateTags', ({ subnet }) => ({ Resources: [subnet], Tags: TAG })),
  step('ec2', 'DescribeTags'),
  step('ec2', 'DeleteTags', ({ subnet }) => ({ Resources: [subnet], Tags: [{ Key: 'k' }] })),
  step('ec2', 'CreateInternetGateway', {}, { igw: 'InternetGateway.InternetGatewayId' }),
  step('ec2', 'AttachInternetGateway', ({ igw, vpc }) => ({ InternetGatewayId: igw, VpcId: vpc })),
  step('ec2', 'DescribeInternetGateways'),
  step('ec2', 'CreateRouteTable', ({ vpc }) => ({ VpcId: vpc }), { table: 'RouteTable.RouteTableId' }),
  step('ec2', 'DescribeRouteTables', ({ table }) => ({ RouteTableIds: [table] })),
  step('ec2', 'AssociateRouteTable', ({ table, subnet }) => ({ RouteTableId: table, SubnetId: subnet }), {
    association: 'AssociationId',
  }),
  step(
    'ec2',
    'ReplaceRouteTableAssociation',
    ({ association, table }) => ({ AssociationId: association, RouteTableId: table }),
    { association: 'NewAssociationId' },
  ),
  step('ec2', 'CreateRoute', ({ table, igw }) => ({
    RouteTableId: table,
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: igw,
  })),
  step('ec2', 'ReplaceRoute', ({ table, igw }) => ({
    RouteTableId: table,
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: igw,
  })),
  step('ec2', 'AllocateAddress', {}, { address: 'AllocationId' }),
  step('ec2', 'DescribeAddresses'),
  step('ec2', 'CreateNatGateway', ({ subnet, address }) => ({ SubnetId: subnet, AllocationId: address }), {
    nat: 'NatGateway.NatGatewayId',
  }),
  step('ec2', 'DescribeNatGateways', ({ nat }) => ({ NatGatewayIds: [nat] })),
  step('ec2', 'CreateSecurityGroup', ({ vpc }) => ({ GroupName: 'first', Description: 'd', VpcId: vpc }), {
    group: 'GroupId',
  }),
  step('ec2', 'DescribeSecurityGroups', ({ group }) => ({ GroupIds: [group] })),
  ...['Ingress', 'Egress'].flatMap((way) => [
    step('ec2', `AuthorizeSecurityGroup${way}`, ({ group }) => ({ GroupId: group, IpPermissions: [rule] })),
    step('ec2', `RevokeSecurityGroup${way}`, ({ group }) => ({ GroupId: group, IpPermissions: [rule] })),
  ]),
  step('ec2', 'DescribeSecurityGroupRules'),
  step('ec2', 'CreateNetworkInterface', ({ subnet }) => ({ SubnetId: subnet }), {
    eni: 'NetworkInterface.NetworkInterfaceId',
  }),
  step('ec2', 'DescribeNetworkInterfaces', ({ eni }) => ({ NetworkInterfaceIds: [eni] })),
  step('ec2', 'ModifyNetworkInterfaceAttribute', ({ eni, group }) => ({
    NetworkInterfaceId: eni,
    Groups: [group],
  })),
  step('ec2', 'AssignPrivateIpAddresses', ({ eni }) => ({
    NetworkInterfaceId: eni,
    PrivateIpAddresses: ['10.7.1.200'],
  })),
  step('ec2', 'UnassignPrivateIpAddresses', ({ eni }) => ({
    NetworkInterfaceId: eni,
    PrivateIpAddresses: ['10.7.1.200'],
  })),
  ...ipv6,
  ...aroundNetworks,
  step('ec2', 'DeleteNetworkInterface', ({ eni }) => ({ NetworkInterfaceId: eni })),
]

/** Removes it. */
export const networkEnd: readonly Step[] = [
  step('ec2', 'DeleteNatGateway', ({ nat }) => ({ NatGatewayId: nat })),
  step('ec2', 'ReleaseAddress', ({ address }) => ({ AllocationId: address })),
  step('ec2', 'DeleteRoute', ({ table }) => ({ RouteTableId: table, DestinationCidrBlock: '0.0.0.0/0' })),
  step('ec2', 'DisassociateRouteTable', ({ association }) => ({ AssociationId: association })),
  step('ec2', 'DeleteRouteTable', ({ table }) => ({ RouteTableId: table })),
  step('ec2', 'DetachInternetGateway', ({ igw, vpc }) => ({ InternetGatewayId: igw, VpcId: vpc })),
  step('ec2', 'DeleteInternetGateway', ({ igw }) => ({ InternetGatewayId: igw })),
  step('ec2', 'DeleteSecurityGroup', ({ group }) => ({ GroupId: group })),
  step('ec2', 'DeleteSubnet', ({ subnet }) => ({ SubnetId: subnet })),
  step('ec2', 'DeleteVpc', ({ vpc }) => ({ VpcId: vpc })),
]
