import { describe, expect, it } from 'vitest'

import { loadBalancerControllerStatements } from './load-balancer-policy.ts'
import type { Value } from './template.ts'

// The actions of the controller's docs/install/iam_policy.json at v3, by service.
const PUBLISHED: Readonly<Record<string, string>> = {
  acm: 'DescribeCertificate ListCertificates',
  'cognito-idp': 'DescribeUserPoolClient',
  ec2: `AuthorizeSecurityGroupIngress CreateSecurityGroup CreateTags DeleteSecurityGroup DeleteTags
    DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeCoipPools DescribeInstances
    DescribeInternetGateways DescribeIpamPools DescribeNetworkInterfaces DescribeRouteTables DescribeSecurityGroups
    DescribeSubnets DescribeTags DescribeVpcPeeringConnections DescribeVpcs GetCoipPoolUsage GetSecurityGroupsForVpc
    RevokeSecurityGroupIngress`,
  elasticloadbalancing: `AddListenerCertificates AddTags CreateListener CreateLoadBalancer CreateRule CreateTargetGroup
    DeleteListener DeleteLoadBalancer DeleteRule DeleteTargetGroup DeregisterTargets DescribeCapacityReservation
    DescribeListenerAttributes DescribeListenerCertificates DescribeListeners DescribeLoadBalancerAttributes
    DescribeLoadBalancers DescribeRules DescribeSSLPolicies DescribeTags DescribeTargetGroupAttributes
    DescribeTargetGroups DescribeTargetHealth DescribeTrustStores ModifyCapacityReservation ModifyIpPools
    ModifyListener ModifyListenerAttributes ModifyLoadBalancerAttributes ModifyRule ModifyTargetGroup
    ModifyTargetGroupAttributes RegisterTargets RemoveListenerCertificates RemoveTags SetIpAddressType
    SetRulePriorities SetSecurityGroups SetSubnets SetWebAcl`,
  iam: 'CreateServiceLinkedRole GetServerCertificate ListServerCertificates',
  shield: 'CreateProtection DeleteProtection DescribeProtection GetSubscriptionState',
  'waf-regional': 'AssociateWebACL DisassociateWebACL GetWebACL GetWebACLForResource',
  wafv2: 'AssociateWebACL DisassociateWebACL GetWebACL GetWebACLForResource',
}

interface Statement {
  readonly Effect: string
  readonly Action: readonly string[]
  readonly Resource: Value
  readonly Condition?: object
}

const statements = loadBalancerControllerStatements as unknown as readonly Statement[]

function statementsFor(action: string): readonly Statement[] {
  return statements.filter((statement) => statement.Action.includes(action))
}

describe('policy of the load balancer controller', () => {
  it('allows the 80 actions that the project publishes, and no other', () => {
    const published = Object.entries(PUBLISHED).flatMap(([service, names]) =>
      names.split(/\s+/).map((name) => `${service}:${name}`),
    )
    expect(published).toHaveLength(80)
    const allowed = [...new Set(statements.flatMap((statement) => statement.Action))]
    expect(allowed.toSorted()).toEqual(published.toSorted())
  })

  it('only allows', () => {
    expect(new Set(statements.map(({ Effect }) => Effect))).toEqual(new Set(['Allow']))
  })

  it.each([
    'elasticloadbalancing:DeleteLoadBalancer',
    'elasticloadbalancing:DeleteTargetGroup',
    'ec2:DeleteSecurityGroup',
  ])('allows %s only on what the controller tagged', (action) => {
    const conditions = statementsFor(action).map(({ Condition }) => Condition)
    expect(conditions).toEqual([{ Null: { 'aws:ResourceTag/elbv2.k8s.aws/cluster': 'false' } }])
  })

  it('lets load balancers be made only with the tag of a cluster', () => {
    const conditions = statementsFor('elasticloadbalancing:CreateLoadBalancer').map(
      ({ Condition }) => Condition,
    )
    expect(conditions).toEqual([{ Null: { 'aws:RequestTag/elbv2.k8s.aws/cluster': 'false' } }])
  })

  it('lets the service-linked role be made for load balancing only', () => {
    const [statement] = statementsFor('iam:CreateServiceLinkedRole')
    expect(statement?.Condition).toEqual({
      StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' },
    })
  })
})
