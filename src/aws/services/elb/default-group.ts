// Owns the security group of Classic Load Balancers that are made without one.
// Source: user guide for Classic Load Balancers, "Configure security groups for your Classic Load Balancer".
import type {
  CreateSecurityGroupResult,
  DescribeSecurityGroupsResult,
  DescribeVpcsResult,
} from '@aws-sdk/client-ec2'

import { defaultGroupOf } from '../elbv2/vpc.ts'
import type { ClassicElb } from './state.ts'

const PREFIX = 'default_elb_'
const DESCRIPTION =
  'ELB created security group used when no security group is specified during ELB creation - modifications could impact traffic to future ELBs'

/**
 * In a default VPC "a security group with rules to allow all traffic on the ports specified for the load balancer", made
 * once: "Subsequent load balancers that you create in the default VPC also use this security group". In another VPC its
 * default one.
 * @param ports of the listeners
 * @returns ids of security groups
 */
export async function groupWithoutAny(
  elb: ClassicElb,
  vpcId: string,
  ports: readonly number[],
): Promise<readonly string[]> {
  const { caller } = elb.deps
  const { Vpcs = [] } = await caller.call<DescribeVpcsResult>('ec2', 'DescribeVpcs', { VpcIds: [vpcId] })
  if (Vpcs[0]?.IsDefault !== true) return await defaultGroupOf(elb, vpcId)
  const { SecurityGroups = [] } = await caller.call<DescribeSecurityGroupsResult>(
    'ec2',
    'DescribeSecurityGroups',
    {
      Filters: [
        { Name: 'vpc-id', Values: [vpcId] },
        { Name: 'group-name', Values: [`${PREFIX}*`] },
      ],
    },
  )
  const there = SecurityGroups[0]?.GroupId
  return [there ?? (await makeGroup(elb, vpcId, ports))]
}

async function makeGroup(
  { deps: { caller, ids } }: ClassicElb,
  vpcId: string,
  ports: readonly number[],
): Promise<string> {
  const { GroupId = '' } = await caller.call<CreateSecurityGroupResult>('ec2', 'CreateSecurityGroup', {
    GroupName: `${PREFIX}${ids.uuid()}`,
    Description: DESCRIPTION,
    VpcId: vpcId,
  })
  await caller.call('ec2', 'AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [...new Set(ports)].map((port) => ({
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
    })),
  })
  return GroupId
}
