// Owns NetworkPolicies that hold nobody: where the VPC CNI does not enforce them, and for pods on Fargate.
import type { NetworkPolicy } from '../../generated/kubernetes.d.ts'
import type { Manifest } from '../config/manifest.ts'
import { problem, type Problem } from '../config/problem.ts'
import { isNetworkPolicyEnabled } from '../rules/eks/network-policy.ts'
import { matchesLabelSelector } from '../rules/scheduling/label-selector.ts'
import { nameOf, type PlanFacts } from './checks.ts'
import { addonIs } from './addon-values.ts'

/** Reports policies without effect: all of them at once, or else each that selects workloads on Fargate. */
export function checkNetworkPolicies(facts: PlanFacts): Problem[] {
  const policies = networkPoliciesOf(facts)
  const [first] = policies
  if (!first) return []
  if (addonIs(facts, 'vpc-cni', isNetworkPolicyEnabled))
    return policies.flatMap((policy) => onFargate(policy, facts))
  const names = policies.map(({ object }) => object.metadata.name).join(', ')
  const message = `no NetworkPolicy has an effect (${names}): the add-on vpc-cni does not enforce them unless it is told to`
  return [problem('network-policy-off', message, first.locate(['kind']))]
}

/** Those of the files. */
export function networkPoliciesOf({ manifests }: PlanFacts): readonly Manifest[] {
  return manifests.filter(({ object: { apiVersion, kind } }) => {
    return kind === 'NetworkPolicy' && apiVersion === 'networking.k8s.io/v1'
  })
}

function onFargate(policy: Manifest, { placed }: PlanFacts): Problem[] {
  // Its fields have been checked against the schema of its kind.
  const { metadata, spec } = policy.object as unknown as NetworkPolicy
  const namespace = metadata.namespace ?? 'default'
  const held = placed.filter(({ workload, placement }) => {
    const { labels = {} } = workload.pod.metadata
    const isSelected = workload.namespace === namespace && matchesLabelSelector(spec?.podSelector, labels)
    return isSelected && placement.compute === 'fargate'
  })
  if (held.length === 0) return []
  const message = `NetworkPolicy ${namespace}/${metadata.name} does not hold for ${held.map(nameOf).join(', ')}: on Fargate none is enforced`
  return [problem('network-policy-on-fargate', message, policy.locate(['spec', 'podSelector']))]
}
