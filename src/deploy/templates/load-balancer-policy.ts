// Owns the permissions of the AWS Load Balancer Controller (its docs/install/iam_policy.json, as statements).
import { sub, type Value } from './template.ts'

const arn = (resource: string): Value => sub(`arn:\${AWS::Partition}:${resource}`)
const actions = (service: string, names: string): string[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${service}:${name}`)

// Only what the controller itself tagged may be changed or removed by it.
const OWNED = { Null: { 'aws:ResourceTag/elbv2.k8s.aws/cluster': 'false' } }
const TAGGED_AT_CREATION = { Null: { 'aws:RequestTag/elbv2.k8s.aws/cluster': 'false' } }
const RETAGGED_BY_OWNER = {
  Null: { 'aws:RequestTag/elbv2.k8s.aws/cluster': 'true', 'aws:ResourceTag/elbv2.k8s.aws/cluster': 'false' },
}

const SECURITY_GROUPS = arn('ec2:*:*:security-group/*')
const TARGET_GROUPS = arn('elasticloadbalancing:*:*:targetgroup/*/*')
const LOAD_BALANCERS = [
  TARGET_GROUPS,
  arn('elasticloadbalancing:*:*:loadbalancer/net/*/*'),
  arn('elasticloadbalancing:*:*:loadbalancer/app/*/*'),
]
const LISTENERS = [
  arn('elasticloadbalancing:*:*:listener/net/*/*/*'),
  arn('elasticloadbalancing:*:*:listener/app/*/*/*'),
  arn('elasticloadbalancing:*:*:listener-rule/net/*/*/*'),
  arn('elasticloadbalancing:*:*:listener-rule/app/*/*/*'),
]

interface Scope {
  readonly on?: Value
  readonly when?: Value
}

function allow(action: readonly string[], { on = '*', when }: Scope = {}): Value {
  return { Effect: 'Allow', Action: action, Resource: on, ...(when === undefined ? {} : { Condition: when }) }
}

const reading = [
  ...actions(
    'ec2',
    `DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeInternetGateways DescribeVpcs
     DescribeVpcPeeringConnections DescribeSubnets DescribeSecurityGroups DescribeInstances DescribeNetworkInterfaces
     DescribeTags GetCoipPoolUsage DescribeCoipPools GetSecurityGroupsForVpc DescribeIpamPools DescribeRouteTables`,
  ),
  ...actions(
    'elasticloadbalancing',
    `DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeListeners DescribeListenerCertificates
     DescribeSSLPolicies DescribeRules DescribeTargetGroups DescribeTargetGroupAttributes DescribeTargetHealth
     DescribeTags DescribeTrustStores DescribeListenerAttributes DescribeCapacityReservation`,
  ),
]

const neighbours = [
  ...actions('cognito-idp', 'DescribeUserPoolClient'),
  ...actions('acm', 'ListCertificates DescribeCertificate'),
  ...actions('iam', 'ListServerCertificates GetServerCertificate'),
  ...actions('waf-regional', 'GetWebACL GetWebACLForResource AssociateWebACL DisassociateWebACL'),
  ...actions('wafv2', 'GetWebACL GetWebACLForResource AssociateWebACL DisassociateWebACL'),
  ...actions('shield', 'GetSubscriptionState DescribeProtection CreateProtection DeleteProtection'),
]

const elb = (names: string): string[] => actions('elasticloadbalancing', names)

export const loadBalancerControllerStatements: readonly Value[] = [
  allow(['iam:CreateServiceLinkedRole'], {
    when: { StringEquals: { 'iam:AWSServiceName': 'elasticloadbalancing.amazonaws.com' } },
  }),
  allow(reading),
  allow(neighbours),
  allow(actions('ec2', 'AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress')),
  allow(actions('ec2', 'CreateSecurityGroup')),
  allow(actions('ec2', 'CreateTags'), {
    on: SECURITY_GROUPS,
    when: { StringEquals: { 'ec2:CreateAction': 'CreateSecurityGroup' }, ...TAGGED_AT_CREATION },
  }),
  allow(actions('ec2', 'CreateTags DeleteTags'), { on: SECURITY_GROUPS, when: RETAGGED_BY_OWNER }),
  allow(actions('ec2', 'AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress DeleteSecurityGroup'), {
    when: OWNED,
  }),
  allow(elb('CreateLoadBalancer CreateTargetGroup'), { when: TAGGED_AT_CREATION }),
  allow(elb('CreateListener DeleteListener CreateRule DeleteRule')),
  allow(elb('AddTags RemoveTags'), { on: LOAD_BALANCERS, when: RETAGGED_BY_OWNER }),
  allow(elb('AddTags RemoveTags'), { on: LISTENERS }),
  allow(
    elb(`ModifyLoadBalancerAttributes SetIpAddressType SetSecurityGroups SetSubnets DeleteLoadBalancer
         ModifyTargetGroup ModifyTargetGroupAttributes DeleteTargetGroup ModifyListenerAttributes
         ModifyCapacityReservation ModifyIpPools`),
    { when: OWNED },
  ),
  allow(elb('AddTags'), {
    on: LOAD_BALANCERS,
    when: {
      StringEquals: { 'elasticloadbalancing:CreateAction': ['CreateTargetGroup', 'CreateLoadBalancer'] },
      ...TAGGED_AT_CREATION,
    },
  }),
  allow(elb('RegisterTargets DeregisterTargets'), { on: TARGET_GROUPS }),
  allow(
    elb(
      'SetWebAcl ModifyListener AddListenerCertificates RemoveListenerCertificates ModifyRule SetRulePriorities',
    ),
  ),
]
