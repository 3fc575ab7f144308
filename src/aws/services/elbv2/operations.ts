// Owns the table of the operations that Elastic Load Balancing v2 serves.
import { type Handler, operation } from '../../protocol/service.ts'
import { describeAccountLimits, describeSSLPolicies } from './account.ts'
import { describeListenerAttributes, modifyListenerAttributes } from './listeners/attributes.ts'
import {
  addListenerCertificates,
  describeListenerCertificates,
  removeListenerCertificates,
} from './listeners/certificates.ts'
import { createListener } from './listeners/create-listener.ts'
import { deleteListener } from './listeners/delete-listener.ts'
import { describeListeners } from './listeners/describe-listeners.ts'
import { describeRules } from './listeners/describe-rules.ts'
import { modifyListener } from './listeners/modify-listener.ts'
import { describeLoadBalancerAttributes, modifyLoadBalancerAttributes } from './load-balancers/attributes.ts'
import { createLoadBalancer } from './load-balancers/create-load-balancer.ts'
import { deleteLoadBalancer } from './load-balancers/delete-load-balancer.ts'
import { describeLoadBalancers } from './load-balancers/describe-load-balancers.ts'
import { setIpAddressType, setSecurityGroups, setSubnets } from './load-balancers/placement.ts'
import type { Elb } from './state.ts'
import { addTags, describeTags, removeTags } from './tags/operations.ts'
import { describeTargetGroupAttributes, modifyTargetGroupAttributes } from './target-groups/attributes.ts'
import { createTargetGroup } from './target-groups/create-target-group.ts'
import { deleteTargetGroup } from './target-groups/delete-target-group.ts'
import { describeTargetGroups } from './target-groups/describe-target-groups.ts'
import { modifyTargetGroup } from './target-groups/modify-target-group.ts'
import { deregisterTargets } from './targets/deregister-targets.ts'
import { describeTargetHealth } from './targets/describe-target-health.ts'
import { registerTargets } from './targets/register-targets.ts'

/** Handlers by published name. */
export function operationsOf(elb: Elb): Readonly<Record<string, Handler<never, unknown>>> {
  return {
    CreateLoadBalancer: operation(createLoadBalancer, elb),
    DescribeLoadBalancers: operation(describeLoadBalancers, elb),
    DeleteLoadBalancer: operation(deleteLoadBalancer, elb),
    DescribeLoadBalancerAttributes: operation(describeLoadBalancerAttributes, elb),
    ModifyLoadBalancerAttributes: operation(modifyLoadBalancerAttributes, elb),
    SetSubnets: operation(setSubnets, elb),
    SetSecurityGroups: operation(setSecurityGroups, elb),
    SetIpAddressType: operation(setIpAddressType, elb),
    CreateTargetGroup: operation(createTargetGroup, elb),
    DescribeTargetGroups: operation(describeTargetGroups, elb),
    ModifyTargetGroup: operation(modifyTargetGroup, elb),
    DeleteTargetGroup: operation(deleteTargetGroup, elb),
    DescribeTargetGroupAttributes: operation(describeTargetGroupAttributes, elb),
    ModifyTargetGroupAttributes: operation(modifyTargetGroupAttributes, elb),
    RegisterTargets: operation(registerTargets, elb),
    DeregisterTargets: operation(deregisterTargets, elb),
    DescribeTargetHealth: operation(describeTargetHealth, elb),
    CreateListener: operation(createListener, elb),
    DescribeListeners: operation(describeListeners, elb),
    ModifyListener: operation(modifyListener, elb),
    DeleteListener: operation(deleteListener, elb),
    DescribeListenerAttributes: operation(describeListenerAttributes, elb),
    ModifyListenerAttributes: operation(modifyListenerAttributes, elb),
    DescribeListenerCertificates: operation(describeListenerCertificates, elb),
    AddListenerCertificates: operation(addListenerCertificates, elb),
    RemoveListenerCertificates: operation(removeListenerCertificates, elb),
    DescribeRules: operation(describeRules, elb),
    AddTags: operation(addTags, elb),
    RemoveTags: operation(removeTags, elb),
    DescribeTags: operation(describeTags, elb),
    DescribeAccountLimits: operation(describeAccountLimits, elb),
    DescribeSSLPolicies: operation(describeSSLPolicies, elb),
  }
}
