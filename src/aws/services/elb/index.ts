// Owns the surface of Elastic Load Balancing's first version: Classic Load Balancers.
import type { Controller } from '../../../reconcile/controller.ts'
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { AccessLogs } from '../elbv2/access-logs/delivery.ts'
import type { ElbPorts } from '../elbv2/state.ts'
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
import { classicController } from './reconcile.ts'
import { classicArn, createBalancers, visibleBalancers, type ClassicElb } from './state.ts'
import { disableZones, enableZones } from './zones.ts'
import { addTags, describeTags, removeTags } from './tags.ts'

export interface ClassicElbService {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
  /** ARNs of the load balancers with a listener that serves with the certificate. */
  certificateUsers(certificateArn: string): readonly string[]
}

/** Builds the service of one region. */
export function createElb(deps: ServiceDeps, ports: ElbPorts): ClassicElbService {
  const elb: ClassicElb = {
    deps,
    ports,
    balancers: createBalancers(deps.store),
    accessLogs: new AccessLogs(deps),
  }
  const operations = bindOperations(elb, {
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
  return {
    service: defineService('elb', operations),
    controllers: [classicController(elb)],
    certificateUsers: (arn) =>
      visibleBalancers(elb).flatMap(({ name, listeners }) =>
        listeners.some(({ certificateArn }) => certificateArn === arn) ? [classicArn(elb.deps, name)] : [],
      ),
  }
}
