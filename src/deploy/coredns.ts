// Owns the moving of CoreDNS to Fargate: EKS keeps it on EC2 by an annotation until somebody changes that.
// Source: eksctl pkg/fargate/coredns: which profiles ask for it, and the value it writes.
import type { ClusterConfig } from '../config/cluster-config.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { deployments } from '../kubernetes/client/resources.ts'
import { FIELD_MANAGER } from './apply.ts'
import type { StepResult } from './progress.ts'

const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type'
const COMPONENT = 'eks.amazonaws.com/component'
const COREDNS = { namespace: 'kube-system', name: 'coredns' }

/** True when a profile of the file selects CoreDNS: `kube-system` by name, without labels or with its own. */
export function wantsFargateDns(config: ClusterConfig): boolean {
  const selectors = (config.fargateProfiles ?? []).flatMap((profile) => profile.selectors ?? [])
  return selectors.some(({ namespace, labels = {} }) => {
    const isUnlabelled = Object.keys(labels).length === 0
    return namespace === 'kube-system' && (isUnlabelled || labels[COMPONENT] === 'coredns')
  })
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
