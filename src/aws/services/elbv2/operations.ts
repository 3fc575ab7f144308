// Owns the table of the operations that Elastic Load Balancing v2 serves.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
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
import { modifyListener } from './listeners/modify-listener.ts'
import { describeLoadBalancerAttributes, modifyLoadBalancerAttributes } from './load-balancers/attributes.ts'
import { describeCapacityReservation } from './load-balancers/capacity.ts'
import { createLoadBalancer } from './load-balancers/create-load-balancer.ts'
import { deleteLoadBalancer } from './load-balancers/delete-load-balancer.ts'
import { describeLoadBalancers } from './load-balancers/describe-load-balancers.ts'
import { setIpAddressType, setSecurityGroups, setSubnets } from './load-balancers/placement.ts'
import { createRule } from './rules/create-rule.ts'
import { deleteRule } from './rules/delete-rule.ts'
import { describeRules } from './rules/describe-rules.ts'
import { modifyRule } from './rules/modify-rule.ts'
import { setRulePriorities } from './rules/set-rule-priorities.ts'
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
import { deleteTrustStore, modifyTrustStore } from './trust-stores/change-trust-stores.ts'
import { createTrustStore } from './trust-stores/create-trust-store.ts'
import { describeTrustStoreAssociations, describeTrustStores } from './trust-stores/describe-trust-stores.ts'
import {
  addTrustStoreRevocations,
  describeTrustStoreRevocations,
  removeTrustStoreRevocations,
} from './trust-stores/revocations.ts'

/** Handlers by published name. */
export function operationsOf(elb: Elb): Operations {
  return bindOperations(elb, {
    CreateLoadBalancer: createLoadBalancer,
    DescribeLoadBalancers: describeLoadBalancers,
    DeleteLoadBalancer: deleteLoadBalancer,
    DescribeLoadBalancerAttributes: describeLoadBalancerAttributes,
    ModifyLoadBalancerAttributes: modifyLoadBalancerAttributes,
    SetSubnets: setSubnets,
    DescribeCapacityReservation: describeCapacityReservation,
    SetSecurityGroups: setSecurityGroups,
    SetIpAddressType: setIpAddressType,
    CreateTargetGroup: createTargetGroup,
    DescribeTargetGroups: describeTargetGroups,
    ModifyTargetGroup: modifyTargetGroup,
    DeleteTargetGroup: deleteTargetGroup,
    DescribeTargetGroupAttributes: describeTargetGroupAttributes,
    ModifyTargetGroupAttributes: modifyTargetGroupAttributes,
    RegisterTargets: registerTargets,
    DeregisterTargets: deregisterTargets,
    DescribeTargetHealth: describeTargetHealth,
    CreateListener: createListener,
    DescribeListeners: describeListeners,
    ModifyListener: modifyListener,
    DeleteListener: deleteListener,
    DescribeListenerAttributes: describeListenerAttributes,
    ModifyListenerAttributes: modifyListenerAttributes,
    DescribeListenerCertificates: describeListenerCertificates,
    AddListenerCertificates: addListenerCertificates,
    RemoveListenerCertificates: removeListenerCertificates,
    CreateRule: createRule,
    DescribeRules: describeRules,
    ModifyRule: modifyRule,
    DeleteRule: deleteRule,
    SetRulePriorities: setRulePriorities,
    CreateTrustStore: createTrustStore,
    DescribeTrustStores: describeTrustStores,
    ModifyTrustStore: modifyTrustStore,
    DeleteTrustStore: deleteTrustStore,
    DescribeTrustStoreAssociations: describeTrustStoreAssociations,
    AddTrustStoreRevocations: addTrustStoreRevocations,
    DescribeTrustStoreRevocations: describeTrustStoreRevocations,
    RemoveTrustStoreRevocations: removeTrustStoreRevocations,
    AddTags: addTags,
    RemoveTags: removeTags,
    DescribeTags: describeTags,
    DescribeAccountLimits: describeAccountLimits,
    DescribeSSLPolicies: describeSSLPolicies,
  })
}
