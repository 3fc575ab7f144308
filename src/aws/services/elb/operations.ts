// Owns the table of the operations of Classic Load Balancers.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
import { describeAccountLimits } from './account-limits.ts'
import { describeAttributes, modifyAttributes } from './attributes.ts'
import { configureHealthCheck } from './health-check.ts'
import { deregisterInstances, describeInstanceHealth, registerInstances } from './instances.ts'
import { createListeners, deleteListeners, setListenerCertificate } from './listeners.ts'
import { createLoadBalancer, deleteLoadBalancer, describeLoadBalancers } from './load-balancers.ts'
import { applySecurityGroups, attachToSubnets, detachFromSubnets } from './placement.ts'
import {
  createAppCookiePolicy,
  createLbCookiePolicy,
  createPolicy,
  deletePolicy,
  describePolicies,
} from './policies/policies.ts'
import { describePolicyTypes } from './policies/policy-types.ts'
import { setBackendPolicies, setListenerPolicies } from './policies/use-policies.ts'
import { disableZones, enableZones } from './zones.ts'
import { addTags, describeTags, removeTags } from './tags.ts'
import type { ClassicElb } from './state.ts'

/** By published name. */
export function operationsOf(elb: ClassicElb): Operations {
  return bindOperations(elb, {
    CreateLoadBalancer: createLoadBalancer,
    DescribeLoadBalancers: describeLoadBalancers,
    DeleteLoadBalancer: deleteLoadBalancer,
    DescribeLoadBalancerAttributes: describeAttributes,
    ModifyLoadBalancerAttributes: modifyAttributes,
    ConfigureHealthCheck: configureHealthCheck,
    CreateLoadBalancerListeners: createListeners,
    DeleteLoadBalancerListeners: deleteListeners,
    SetLoadBalancerListenerSSLCertificate: setListenerCertificate,
    CreateLoadBalancerPolicy: createPolicy,
    CreateAppCookieStickinessPolicy: createAppCookiePolicy,
    CreateLBCookieStickinessPolicy: createLbCookiePolicy,
    DeleteLoadBalancerPolicy: deletePolicy,
    DescribeLoadBalancerPolicies: describePolicies,
    DescribeLoadBalancerPolicyTypes: describePolicyTypes,
    SetLoadBalancerPoliciesOfListener: setListenerPolicies,
    SetLoadBalancerPoliciesForBackendServer: setBackendPolicies,
    RegisterInstancesWithLoadBalancer: registerInstances,
    DeregisterInstancesFromLoadBalancer: deregisterInstances,
    DescribeInstanceHealth: describeInstanceHealth,
    ApplySecurityGroupsToLoadBalancer: applySecurityGroups,
    AttachLoadBalancerToSubnets: attachToSubnets,
    DetachLoadBalancerFromSubnets: detachFromSubnets,
    EnableAvailabilityZonesForLoadBalancer: enableZones,
    DisableAvailabilityZonesForLoadBalancer: disableZones,
    DescribeAccountLimits: describeAccountLimits,
    AddTags: addTags,
    RemoveTags: removeTags,
    DescribeTags: describeTags,
  })
}
