import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  EC2Client,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2'
import { expect, onTestFinished, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

// The AWS Load Balancer Controller branches on these codes as the SDK reads them off the wire.
test('the SDK sees the error codes that the load balancer controller branches on', async () => {
  const region = await createTestRegion()
  const subnetId = 'subnet-0000000000000000a'
  const { vpcId: VpcId } = await region.ec2.prepareNetwork({
    subnets: [{ id: subnetId, zone: `${region.deps.region}a`, public: false }],
  })
  const client = new EC2Client(region.client(await region.listen()))
  onTestFinished(() => client.destroy())
  const group = async (GroupName: string): Promise<string> => {
    const command = new CreateSecurityGroupCommand({ GroupName, Description: 'x', VpcId })
    return (await client.send(command)).GroupId ?? ''
  }
  const [GroupId, other] = [await group('web'), await group('shared')]
  const rule = (from: string, port = 80) => ({
    GroupId,
    IpPermissions: [
      { IpProtocol: 'tcp', FromPort: port, ToPort: port, UserIdGroupPairs: [{ GroupId: from }] },
    ],
  })
  await client.send(new AuthorizeSecurityGroupIngressCommand(rule(other)))
  const missing = 'sg-00000000000000000'
  const cases: [() => Promise<unknown>, string][] = [
    [() => client.send(new AuthorizeSecurityGroupIngressCommand(rule(other))), 'InvalidPermission.Duplicate'],
    [() => client.send(new RevokeSecurityGroupIngressCommand(rule(other, 81))), 'InvalidPermission.NotFound'],
    [() => client.send(new DescribeSecurityGroupsCommand({ GroupIds: [missing] })), 'InvalidGroup.NotFound'],
    [() => client.send(new DeleteSecurityGroupCommand({ GroupId: other })), 'DependencyViolation'],
    [
      () => client.send(new DescribeVpcsCommand({ VpcIds: ['vpc-00000000000000000'] })),
      'InvalidVpcID.NotFound',
    ],
    [
      () =>
        client.send(
          new RunInstancesCommand({
            ImageId: 'ami-00000000000000000',
            InstanceType: 't9.enormous' as 't3.large',
            SubnetId: subnetId,
            MinCount: 1,
            MaxCount: 1,
          }),
        ),
      'InvalidParameterValue',
    ],
  ]
  for (const [send, name] of cases) {
    await expect(send(), name).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } })
  }
})
