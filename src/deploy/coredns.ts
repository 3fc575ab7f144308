// Owns the moving of CoreDNS to Fargate: EKS keeps it on EC2 by an annotation until somebody changes that.
// Source: eksctl pkg/fargate/coredns: the value it writes.
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { deployments, pods } from '../kubernetes/client/resources.ts'
import { selectsCoreDns } from '../rules/eksctl/coredns.ts'
import { COMPUTE_TYPE } from '../rules/fargate/match.ts'
import { FIELD_MANAGER } from './apply.ts'
import type { StepResult } from './progress.ts'

const FARGATE_SCHEDULER = 'fargate-scheduler'
const COREDNS = { namespace: 'kube-system', name: 'coredns' }

/** True when a profile of the file selects CoreDNS. */
export function wantsFargateDns(config: ClusterConfig): boolean {
  return selectsCoreDns((config.fargateProfiles ?? []).flatMap((profile) => profile.selectors ?? []))
}

/**
 * Makes the pods of CoreDNS anew that were there before a profile took them: admission decides once, when a pod is created.
 * @param now a timestamp
 */
export async function restartDns(kubernetes: KubernetesClient, now: string): Promise<StepResult> {
  const labelSelector = 'k8s-app=kube-dns'
  const { items } = await kubernetes.list(pods, { namespace: COREDNS.namespace, labelSelector })
  const isElsewhere = items.some(({ spec }) => spec.schedulerName !== FARGATE_SCHEDULER)
  if (!isElsewhere) return { outcome: 'unchanged', detail: 'by its add-on' }
  // As `kubectl rollout restart` does it.
  const annotations = { 'kubectl.kubernetes.io/restartedAt': now }
  const change = { spec: { template: { metadata: { annotations } } } }
  await kubernetes.patch(deployments, COREDNS, change, { type: 'merge', fieldManager: FIELD_MANAGER })
  return { outcome: 'updated', detail: 'restarted' }
}

/** Lets CoreDNS onto Fargate; its new pods land there because a profile matches them. */
export async function moveDnsToFargate(kubernetes: KubernetesClient): Promise<StepResult> {
  const present = await kubernetes.get(deployments, COREDNS)
  const annotations = present.spec.template.metadata?.annotations ?? {}
  if (annotations[COMPUTE_TYPE] === 'fargate') return { outcome: 'unchanged' }
  const change = { spec: { template: { metadata: { annotations: { [COMPUTE_TYPE]: 'fargate' } } } } }
  await kubernetes.patch(deployments, COREDNS, change, { type: 'merge', fieldManager: FIELD_MANAGER })
  return { outcome: 'updated' }
}
