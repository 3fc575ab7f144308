// Owns the problems of clusters with Windows nodes.
// Source: EKS user guide, "Deploy Windows nodes on EKS clusters"; EKS best practices, "Windows: scheduling".
import { problem, type Problem } from '../config/problem.ts'
import { nodeFilter } from '../rules/scheduling/filters.ts'
import { isForWindows } from '../rules/scheduling/pod.ts'
import { podRequests, RequestCache } from '../rules/scheduling/requests.ts'
import { nodeInfo } from '../rules/scheduling/snapshot.ts'
import { emptyNode, relaxedPod } from './candidates.ts'
import type { PlanFacts } from './checks.ts'
import { nameOf } from './checks.ts'

/** Reports that Windows containers are stand-ins near, and pods of Linux that nothing keeps off Windows nodes. */
export function checkWindows({ located, groups, placed }: PlanFacts): Problem[] {
  const windows = groups.filter(({ system }) => system === 'windows')
  const [first] = windows
  if (!first) return []
  const names = windows.map(({ name }) => name).join(', ')
  const field = located.config.nodeGroups?.some(({ name }) => name === first.name)
    ? 'nodeGroups'
    : 'managedNodeGroups'
  const text = `the nodes of ${names} run Windows, whose containers this machine cannot run`
  const near = problem('windows-not-near', text, located.locateKey([field]))
  const others = placed.flatMap((each) => {
    const { workload, placement } = each
    const pod = relaxedPod(workload)
    if (placement.compute !== 'ec2' || workload.replicas === 0 || isForWindows(pod)) return []
    const open = windows.find((group) => {
      const info = nodeInfo(emptyNode(group), [], new RequestCache())
      return !nodeFilter(pod, podRequests(pod), { nodes: [info], namespaceLabels: () => ({}) })(info)
    })
    if (!open) return []
    const message = `${nameOf(each)} may be placed on the Windows nodes of ${open.name}, where its images do not start`
    return [problem('linux-on-windows', message, workload.manifest.locateKey(workload.specPath))]
  })
  return [near, ...others]
}
