// Owns the steps of EC2's IPv6: blocks, addresses, the way out.
import { step, type Step } from './step.ts'

/** On the VPC, subnet, interface and route table of the steps before. */
export const ipv6: readonly Step[] = [
  step('ec2', 'AssociateVpcCidrBlock', ({ vpc }) => ({ VpcId: vpc, AmazonProvidedIpv6CidrBlock: true }), {
    vpc6: 'Ipv6CidrBlockAssociation.AssociationId',
    block6: 'Ipv6CidrBlockAssociation.Ipv6CidrBlock',
  }),
  step(
    'ec2',
    'AssociateSubnetCidrBlock',
    ({ subnet, block6 = '' }) => ({ SubnetId: subnet, Ipv6CidrBlock: block6.replace('/56', '/64') }),
    { subnet6: 'Ipv6CidrBlockAssociation.AssociationId' },
  ),
  step('ec2', 'AssignIpv6Addresses', ({ eni }) => ({ NetworkInterfaceId: eni, Ipv6AddressCount: 1 }), {
    address6: 'AssignedIpv6Addresses.0',
  }),
  step('ec2', 'UnassignIpv6Addresses', ({ eni, address6 }) => ({
    NetworkInterfaceId: eni,
    Ipv6Addresses: [address6],
  })),
  step('ec2', 'DisassociateSubnetCidrBlock', ({ subnet6 }) => ({ AssociationId: subnet6 })),
  step('ec2', 'DisassociateVpcCidrBlock', ({ vpc6 }) => ({ AssociationId: vpc6 })),
  step('ec2', 'CreateEgressOnlyInternetGateway', ({ vpc }) => ({ VpcId: vpc, ClientToken: 'eigw' }), {
    eigw: 'EgressOnlyInternetGateway.EgressOnlyInternetGatewayId',
  }),
  step('ec2', 'DescribeEgressOnlyInternetGateways', ({ eigw }) => ({ EgressOnlyInternetGatewayIds: [eigw] })),
  step('ec2', 'DeleteEgressOnlyInternetGateway', ({ eigw }) => ({ EgressOnlyInternetGatewayId: eigw })),
]
