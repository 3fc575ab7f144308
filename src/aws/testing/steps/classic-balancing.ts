// Owns the steps of Elastic Load Balancing's first version: one load balancer, made, changed and removed.
import { step, type Made, type Step } from './step.ts'

const NAMED = { LoadBalancerName: 'classic' }
const TAGS = [{ Key: 'k', Value: 'v' }]
const CHECK = { Target: 'TCP:80', Interval: 10, Timeout: 5, UnhealthyThreshold: 2, HealthyThreshold: 2 }
const listener = (LoadBalancerPort: number): object => ({
  Protocol: 'TCP',
  LoadBalancerPort,
  InstanceProtocol: 'TCP',
  InstancePort: 31_080,
})
const subnets = ({ subnet }: Made): object => ({ ...NAMED, Subnets: [subnet] })

export const classicBalancing: readonly Step[] = [
  step('elb', 'CreateLoadBalancer', ({ subnet }) => ({
    ...NAMED,
    Scheme: 'internal',
    Subnets: [subnet],
    Listeners: [listener(80)],
  })),
  step('elb', 'DescribeLoadBalancers'),
  step('elb', 'ConfigureHealthCheck', { ...NAMED, HealthCheck: CHECK }),
  step('elb', 'CreateLoadBalancerListeners', { ...NAMED, Listeners: [listener(81)] }),
  step('elb', 'DeleteLoadBalancerListeners', { ...NAMED, LoadBalancerPorts: [81] }),
  step('elb', 'DescribeLoadBalancerAttributes', NAMED),
  step('elb', 'ModifyLoadBalancerAttributes', {
    ...NAMED,
    LoadBalancerAttributes: { ConnectionSettings: { IdleTimeout: 30 } },
  }),
  step('elb', 'RegisterInstancesWithLoadBalancer', { ...NAMED, Instances: [] }),
  step('elb', 'DescribeInstanceHealth', NAMED),
  step('elb', 'DeregisterInstancesFromLoadBalancer', { ...NAMED, Instances: [] }),
  step('elb', 'ApplySecurityGroupsToLoadBalancer', ({ group }) => ({ ...NAMED, SecurityGroups: [group] })),
  step('elb', 'AttachLoadBalancerToSubnets', subnets),
  // Its own zone, and one that it does not have: neither changes it.
  step('elb', 'EnableAvailabilityZonesForLoadBalancer', { ...NAMED, AvailabilityZones: [] }),
  step('elb', 'DisableAvailabilityZonesForLoadBalancer', { ...NAMED, AvailabilityZones: ['elsewhere'] }),
  step('elb', 'DescribeAccountLimits'),
  step('elb', 'DescribeLoadBalancerPolicyTypes'),
  step('elb', 'CreateLoadBalancerPolicy', {
    ...NAMED,
    PolicyName: 'proxy',
    PolicyTypeName: 'ProxyProtocolPolicyType',
    PolicyAttributes: [{ AttributeName: 'ProxyProtocol', AttributeValue: 'true' }],
  }),
  step('elb', 'CreateAppCookieStickinessPolicy', { ...NAMED, PolicyName: 'app', CookieName: 'session' }),
  step('elb', 'CreateLBCookieStickinessPolicy', { ...NAMED, PolicyName: 'own', CookieExpirationPeriod: 60 }),
  step('elb', 'SetLoadBalancerPoliciesForBackendServer', {
    ...NAMED,
    InstancePort: 31_080,
    PolicyNames: ['proxy'],
  }),
  step('elb', 'SetLoadBalancerPoliciesOfListener', { ...NAMED, LoadBalancerPort: 80, PolicyNames: [] }),
  step('elb', 'DescribeLoadBalancerPolicies', NAMED),
  step('elb', 'DeleteLoadBalancerPolicy', { ...NAMED, PolicyName: 'app' }),
  step('elb', 'AddTags', { LoadBalancerNames: ['classic'], Tags: TAGS }),
  step('elb', 'DescribeTags', { LoadBalancerNames: ['classic'] }),
  step('elb', 'RemoveTags', { LoadBalancerNames: ['classic'], Tags: [{ Key: 'k' }] }),
  step('elb', 'DeleteLoadBalancer', NAMED),
]
