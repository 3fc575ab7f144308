// Owns the warnings about quotas of AWS that the file alone exceeds, with the values that every account begins with.
// Source: rules/quotas; what an account has by now is asked before anything is made (deploy/quotas.ts).
import { problem, type Problem } from '../config/problem.ts'
import type { Path } from '../config/yaml.ts'
import { scalingOf } from '../rules/eksctl/node-group-defaults.ts'
import { vcpusOf } from '../rules/eksctl/vcpus.ts'
import { findQuota } from '../rules/quotas/quotas.ts'
import type { PlanFacts } from './checks.ts'

interface Count {
  readonly service: string
  readonly code: string
  readonly takes: number
  readonly path: Path
}

/** Reports what the config takes more of than an account has at first. */
export function checkQuotas(facts: PlanFacts): Problem[] {
  const { located } = facts
  return countsOf(facts).flatMap(({ service, code, takes, path }) => {
    const { name, value, isAdjustable } = findQuota(service, code)
    if (takes <= value) return []
    const raise = `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${Math.ceil(takes)}`
    const message = `"${name}" (${code}) is ${value} for a new account, and this takes ${takes}`
    const help = isAdjustable
      ? `See what the account has with plan --live; raise it: ${raise}.`
      : 'AWS raises it for nobody: take less.'
    return [problem('quota-exceeded', message, located.locateKey(path), help)]
  })
}

function countsOf({ located, placed, systemPods }: PlanFacts): readonly Count[] {
  const { config } = located
  const { managedNodeGroups = [], fargateProfiles = [], vpc } = config
  const eks = (code: string, takes: number, path: Path): Count => ({ service: 'eks', code, takes, path })
  return [
    eks('L-6D54EA21', managedNodeGroups.length, ['managedNodeGroups']),
    ...managedNodeGroups.map((group, index) =>
      eks('L-BD136A63', scalingOf(group).maxSize, ['managedNodeGroups', index]),
    ),
    eks('L-33415657', fargateProfiles.length, ['fargateProfiles']),
    eks('L-93A74D60', (vpc?.publicAccessCIDRs ?? []).length, ['vpc', 'publicAccessCIDRs']),
    eks('L-11427A54', (vpc?.controlPlaneSecurityGroupIDs ?? []).length, [
      'vpc',
      'controlPlaneSecurityGroupIDs',
    ]),
    ...[...vcpusOf(config)].map(([code, { takes, most }]) => ({ service: 'ec2', code, takes, path: most })),
    {
      service: 'fargate',
      code: 'L-3032A538',
      takes: fargateCpus(placed, systemPods),
      path: ['fargateProfiles'],
    },
  ]
}

// All at once: what a Deployment replaces overlaps besides.
function fargateCpus(placed: PlanFacts['placed'], systemPods: PlanFacts['systemPods']): number {
  const pods = [
    ...placed.flatMap(({ workload, placement, sizing }) =>
      placement.compute === 'fargate' && sizing?.fits
        ? [{ vcpu: sizing.size.vcpu, replicas: workload.replicas }]
        : [],
    ),
    ...systemPods.map(({ size, replicas }) => ({ vcpu: size.vcpu, replicas })),
  ]
  return pods.reduce((sum, { vcpu, replicas }) => sum + vcpu * replicas, 0)
}
