// What the data plane is told; everything else of the service is in elbv2.test.ts.
import { expect, test } from 'vitest'

import { balancer, stage, until } from './testing/elb-stage.ts'

test('load balancers tell the plane whom their security groups let in, now', async () => {
  const region = await stage()
  const ec2 = <T>(operation: string, input: object): Promise<T> => region.call<T>(operation, input, 'ec2')
  const { GroupId } = await ec2<{ GroupId: string }>('CreateSecurityGroup', {
    GroupName: 'front',
    Description: 'front',
    VpcId: region.vpcId,
  })
  const { LoadBalancerArn = '' } = await balancer(region, { SecurityGroups: [GroupId] })
  const open = await balancer(region, { Name: 'open' })
  await until(() => region.plane.balancers.size === 2)
  const admits = (arn: string, sourceIp: string, port: number): boolean | undefined =>
    region.plane.balancers.get(arn)?.admits({ sourceIp, port })
  expect(admits(open.LoadBalancerArn!, '127.0.0.1', 80)).toBe(true)
  expect(admits(LoadBalancerArn, '127.0.0.1', 80)).toBe(false)
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '127.0.0.0/8' }] },
  ]
  await ec2('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions })
  await until(() => admits(LoadBalancerArn, '127.0.0.1', 80))
  expect(admits(LoadBalancerArn, '127.0.0.1', 81)).toBe(false)
  expect(admits(LoadBalancerArn, '10.0.0.1', 80)).toBe(false)
})
