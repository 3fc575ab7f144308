import * as cfn from '@aws-sdk/client-cloudformation'
import type { DescribeRulesOutput } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'

import { createElbv2 } from '../../../elbv2/index.ts'
import { FakePlane } from '../../../elbv2/testing/elb-stage.ts'
import { createStackClients } from '../../testing/stack-clients.ts'

function template(subnets: readonly string[], vpcId: string, rule: object): Record<string, object> {
  return {
    Balancer: {
      Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      Properties: { Type: 'application', Scheme: 'internal', Subnets: subnets },
    },
    Targets: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: { Protocol: 'HTTP', Port: 80, TargetType: 'ip', VpcId: vpcId },
    },
    Listener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: { Ref: 'Balancer' },
        Protocol: 'HTTP',
        Port: 80,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Targets' } }],
      },
    },
    Rule: {
      Type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
      Properties: { ListenerArn: { Ref: 'Listener' }, ...rule },
    },
    // A resource that stands for nothing.
    Nothing: { Type: 'AWS::CloudFormation::WaitConditionHandle' },
  }
}

const redirect = (Path: string) => ({
  Type: 'redirect',
  // Templates may write numbers as text.
  Order: '1',
  RedirectConfig: { Protocol: 'HTTPS', Port: '443', Path, StatusCode: 'HTTP_301' },
})
const path = (...Values: string[]) => ({ Field: 'path-pattern', PathPatternConfig: { Values } })

test('a rule is made, changed in place and removed', async () => {
  const clients = await createStackClients()
  const { region } = clients
  const elb = createElbv2(region.deps, { plane: new FakePlane(), ingress: region.ec2.ingress })
  region.services.push(elb.service)
  region.run(elb.controllers)
  const resources = (rule: object) => template(region.subnetIds, region.vpcId, rule)
  const made = await clients.create(
    'web',
    {},
    {
      TemplateBody: JSON.stringify({
        Resources: resources({ Priority: 5, Actions: [redirect('/new')], Conditions: [path('/old')] }),
        Outputs: {
          Arn: { Value: { 'Fn::GetAtt': ['Rule', 'RuleArn'] } },
          Url: { Value: { Ref: 'Nothing' } },
        },
      }),
    },
  )
  expect(made.StackStatus).toBe('CREATE_COMPLETE')
  const outputs = Object.fromEntries((made.Outputs ?? []).map((each) => [each.OutputKey, each.OutputValue]))
  expect(outputs['Url']).toMatch(/\/cloudformation-waitcondition-.*%2FNothing\?Signature=/)
  const look = async () => {
    const RuleArns = [outputs['Arn']]
    return (await region.call<DescribeRulesOutput>('elbv2', 'DescribeRules', { RuleArns })).Rules?.[0]
  }
  expect(await look()).toMatchObject({ Priority: '5', Actions: [{ RedirectConfig: { Path: '/new' } }] })

  const changed = { Priority: 7, Actions: [redirect('/newer')], Conditions: [path('/old', '/older')] }
  const updated = await clients.update('web', resources({ ...changed, Tags: [{ Key: 'k', Value: 'v' }] }))
  expect(updated.StackStatus).toBe('UPDATE_COMPLETE')
  expect(await look()).toMatchObject({
    RuleArn: outputs['Arn'],
    Priority: '7',
    Conditions: [{ PathPatternConfig: { Values: ['/old', '/older'] } }],
  })
  const { StackDriftDetectionId } = await clients.cloudformation.send(
    new cfn.DetectStackDriftCommand({ StackName: 'web' }),
  )
  expect(StackDriftDetectionId).toBeDefined()
  expect((await clients.remove('web')).StackStatus).toBe('DELETE_COMPLETE')
  await expect(look()).rejects.toMatchObject({ code: 'RuleNotFound' })
})
