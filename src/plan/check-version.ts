// Owns the problems of a cluster's Kubernetes version.
import { kubernetesVersion } from '../rules/eks/kubernetes-versions.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import type { PlanFacts } from './checks.ts'

/** Reports a version that EKS has retired, bills as extended support, or is not known to have. */
export function checkVersion({ located, version, support }: PlanFacts): Problem[] {
  const at = located.locate(['metadata', 'version'])
  const known = kubernetesVersion(version)
  if (support === 'unknown' || support === 'unreleased') {
    return [problem('version-unknown', `Kubernetes ${version} is not known to be available on EKS`, at)]
  }
  if (support === 'retired') {
    const message = `EKS retired Kubernetes ${version} on ${known?.extendedUntil}: AWS creates no such cluster any more`
    return [problem('version-retired', message, at)]
  }
  if (support === 'extended') {
    const message = `Kubernetes ${version} is in extended support since ${known?.standardUntil}, until ${known?.extendedUntil}`
    return [problem('version-extended', message, at)]
  }
  return []
}
