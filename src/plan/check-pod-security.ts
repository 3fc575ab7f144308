// Owns the problems of pods that the Pod Security level of their namespace forbids: the API refuses to make them.
import type { ObjectMeta } from '../../generated/kubernetes.d.ts'
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import {
  printLevel,
  printViolations,
  securityPolicyOf,
  violationsOf,
} from '../rules/kubernetes/pod-security/policy.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'
import { podSpecOf } from './workload.ts'

/** Reports each workload whose pods a Namespace among the files keeps out by its labels. */
export function checkPodSecurity({ placed, manifests, version }: PlanFacts): Problem[] {
  const minor = Number(version.split('.')[1])
  const levels = new Map(
    manifests
      .filter(({ object }) => object.apiVersion === 'v1' && object.kind === 'Namespace')
      .map(({ object }) => [object.metadata.name, securityPolicyOf(object.metadata.labels).enforce]),
  )
  return placed.flatMap((each) => {
    const { workload } = each
    const level = levels.get(workload.namespace)
    if (!level) return []
    // The plan's pods have the annotations of the template.
    const metadata = workload.pod.metadata as Pick<ObjectMeta, 'annotations'>
    const violations = violationsOf({ metadata, spec: podSpecOf(workload) }, level, minor)
    if (violations.length === 0) return []
    const message = `${nameOf(each)} violates PodSecurity "${printLevel(level)}" of its namespace: ${printViolations(violations)}`
    return [problem('pod-security', message, workload.manifest.locateKey(workload.specPath))]
  })
}
