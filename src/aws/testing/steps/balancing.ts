// Owns the steps of Elastic Load Balancing.
import { step, type Made, type Step } from './step.ts'

const TAG = [{ Key: 'k', Value: 'v' }]
const LB = ({ lb }: Made): object => ({ LoadBalancerArn: lb })
const TG = ({ tg }: Made): object => ({ TargetGroupArn: tg })
const LISTENER = ({ listener }: Made): object => ({ ListenerArn: listener })
const targets = (made: Made): object => ({ ...TG(made), Targets: [{ Id: '10.7.1.9', Port: 80 }] })
const RULE = ({ rule }: Made): object => ({ RuleArn: rule })
const FIXED = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }]
const PATH = [{ Field: 'path-pattern', Values: ['/a'] }]

/** Makes and removes an Application Load Balancer with a rule. */
const application: readonly Step[] = [
  step('elbv2', 'CreateLoadBalancer', ({ subnets }) => ({ Name: 'app', Subnets: subnets?.split(',') }), {
    alb: 'LoadBalancers.0.LoadBalancerArn',
  }),
  step(
    'elbv2',
    'CreateListener',
    ({ alb }) => ({ LoadBalancerArn: alb, Protocol: 'HTTP', Port: 80, DefaultActions: FIXED }),
    { http: 'Listeners.0.ListenerArn' },
  ),
  step(
    'elbv2',
    'CreateRule',
    ({ http }) => ({ ListenerArn: http, Priority: 1, Conditions: PATH, Actions: FIXED }),
    { rule: 'Rules.0.RuleArn' },
  ),
  step('elbv2', 'ModifyRule', (made) => ({ ...RULE(made), Conditions: PATH })),
  step('elbv2', 'SetRulePriorities', (made) => ({ RulePriorities: [{ ...RULE(made), Priority: 2 }] })),
  step('elbv2', 'DeleteRule', RULE),
  step('elbv2', 'DeleteLoadBalancer', ({ alb }) => ({ LoadBalancerArn: alb })),
]

/** Certificates of a listener that there is not. */
export const certificates = { ListenerArn: 'arn', Certificates: [{ CertificateArn: 'arn' }] }

/** Makes, changes and removes a load balancer with its target group and listener. */
export const balancing: readonly Step[] = [
  step('elbv2', 'DescribeAccountLimits'),
  step('elbv2', 'DescribeSSLPolicies'),
  step(
    'elbv2',
    'CreateLoadBalancer',
    ({ subnet, group }) => ({ Name: 'first', Type: 'network', Subnets: [subnet], SecurityGroups: [group] }),
    { lb: 'LoadBalancers.0.LoadBalancerArn' },
  ),
  step('elbv2', 'DescribeLoadBalancers'),
  step('elbv2', 'DescribeLoadBalancerAttributes', LB),
  step('elbv2', 'DescribeCapacityReservation', LB),
  step('elbv2', 'ModifyLoadBalancerAttributes', (made) => ({
    ...LB(made),
    Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }],
  })),
  step('elbv2', 'SetSubnets', (made) => ({ ...LB(made), Subnets: [made['subnet']] })),
  step('elbv2', 'SetSecurityGroups', (made) => ({ ...LB(made), SecurityGroups: [made['group']] })),
  step('elbv2', 'SetIpAddressType', (made) => ({ ...LB(made), IpAddressType: 'ipv4' })),
  step(
    'elbv2',
    'CreateTargetGroup',
    ({ vpc }) => ({ Name: 'first', Protocol: 'TCP', Port: 80, VpcId: vpc, TargetType: 'ip' }),
    { tg: 'TargetGroups.0.TargetGroupArn' },
  ),
  step('elbv2', 'DescribeTargetGroups'),
  step('elbv2', 'ModifyTargetGroup', (made) => ({ ...TG(made), HealthCheckIntervalSeconds: 10 })),
  step('elbv2', 'DescribeTargetGroupAttributes', TG),
  step('elbv2', 'ModifyTargetGroupAttributes', (made) => ({
    ...TG(made),
    Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '10' }],
  })),
  step('elbv2', 'RegisterTargets', targets),
  step('elbv2', 'DescribeTargetHealth', TG),
  step('elbv2', 'DeregisterTargets', targets),
  step(
    'elbv2',
    'CreateListener',
    (made) => ({
      ...LB(made),
      Protocol: 'TCP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', ...TG(made) }],
    }),
    { listener: 'Listeners.0.ListenerArn' },
  ),
  step('elbv2', 'DescribeListeners', LB),
  step('elbv2', 'ModifyListener', (made) => ({ ...LISTENER(made), Port: 81 })),
  step('elbv2', 'DescribeListenerAttributes', LISTENER),
  step('elbv2', 'ModifyListenerAttributes', (made) => ({
    ...LISTENER(made),
    Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '350' }],
  })),
  step('elbv2', 'DescribeListenerCertificates', LISTENER),
  step('elbv2', 'DescribeRules', LISTENER),
  ...application,
  step('elbv2', 'AddTags', ({ lb }) => ({ ResourceArns: [lb], Tags: TAG })),
  step('elbv2', 'DescribeTags', ({ lb }) => ({ ResourceArns: [lb] })),
  step('elbv2', 'RemoveTags', ({ lb }) => ({ ResourceArns: [lb], TagKeys: ['k'] })),
  step('elbv2', 'DeleteListener', LISTENER),
  step('elbv2', 'DeleteLoadBalancer', LB),
  step('elbv2', 'DeleteTargetGroup', TG),
]
