// Owns SecurityGroupPolicies whose pods would not start: on EC2 they need a VPC CNI that is told to, and nodes of a type that
// has branch interfaces. And what of such rules cannot be tried where nothing runs.
import type { Manifest } from '../config/manifest.ts'
import { problem, type Problem } from '../config/problem.ts'
import { isNetworkPolicyEnabled } from '../rules/eks/network-policy.ts'
import {
  branchInterfaces,
  GROUP,
  groupsOfPod,
  isPodEniEnabled,
  type SecurityGroupPolicy,
} from '../rules/eks/pod-security-groups.ts'
import { networkPoliciesOf } from './check-network-policies.ts'
import { nameOf, type PlanFacts } from './checks.ts'
import { addonIs } from './addon-values.ts'
import type { PlacedWorkload } from './placement.ts'

/** Reports policies whose pods find no node, with the pods. */
export function checkPodSecurityGroups(facts: PlanFacts): Problem[] {
  const isOn = addonIs(facts, 'vpc-cni', isPodEniEnabled)
  return policiesOf(facts).flatMap((manifest) => {
    // The cluster checks its fields against the definition; here those that are not there select nothing.
    const policy = manifest.object as unknown as SecurityGroupPolicy
    const pods = facts.placed.filter(
      (placed) => placed.placement.compute === 'ec2' && selects(policy, placed, facts),
    )
    if (pods.length === 0) return []
    const who = pods.map(nameOf).join(', ')
    const at = manifest.locate(['kind'])
    const name = `SecurityGroupPolicy ${policy.metadata.namespace ?? 'default'}/${policy.metadata.name}`
    if (!isOn) {
      const message = `${name} keeps ${who} Pending: no node offers vpc.amazonaws.com/pod-eni unless the add-on vpc-cni is told to`
      return [problem('pod-security-groups-off', message, at)]
    }
    if (facts.groups.some(({ type }) => branchInterfaces(type?.name ?? '') !== undefined)) return []
    const types = [...new Set(facts.groups.flatMap(({ type }) => type?.name ?? []))].join(', ')
    const message = `${name} keeps ${who} Pending: nodes of type ${types} have no branch interfaces`
    return [problem('pod-security-groups-no-node', message, at)]
  })
}

/** Reports rules between pods that are to be tried where pods are stand-ins. */
export function checkStandIns(facts: PlanFacts): Problem[] {
  if (!facts.hasOnlyStandIns) return []
  const networkPolicies = addonIs(facts, 'vpc-cni', isNetworkPolicyEnabled) ? networkPoliciesOf(facts) : []
  const rules = [...policiesOf(facts), ...networkPolicies]
  const [first] = rules
  if (!first) return []
  const names = rules.map(({ object: { kind, metadata } }) => `${kind} ${metadata.name}`).join(', ')
  const message = `${names}: not tried between pods here, because stand-ins send each other nothing`
  return [problem('stand-ins-send-nothing', message, first.locate(['kind']))]
}

function policiesOf({ manifests }: PlanFacts): readonly Manifest[] {
  return manifests.filter(({ object: { apiVersion, kind } }) => {
    return kind === 'SecurityGroupPolicy' && apiVersion.startsWith(`${GROUP}/`)
  })
}

function selects(
  policy: SecurityGroupPolicy,
  { workload }: PlacedWorkload,
  { manifests }: PlanFacts,
): boolean {
  const { namespace, pod } = workload
  if (namespace !== (policy.metadata.namespace ?? 'default')) return false
  const account = manifests.find(({ object: { kind, metadata } }) => {
    const isIn = (metadata.namespace ?? 'default') === namespace
    return kind === 'ServiceAccount' && isIn && metadata.name === (pod.spec.serviceAccountName ?? 'default')
  })
  const labels = pod.metadata.labels ?? {}
  return groupsOfPod([policy], { labels, accountLabels: account?.object.metadata.labels ?? {} }).length > 0
}
