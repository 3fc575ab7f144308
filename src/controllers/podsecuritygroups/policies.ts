// Owns the SecurityGroupPolicies of a cluster as they are now.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { serviceAccounts } from '../../kubernetes/client/resources.ts'
import type { ServedResources } from '../../kubernetes/client/served-resources.ts'
import { securityGroupPolicies } from '../../kubernetes/client/vpc-resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { GROUP, groupsOfPod } from '../../rules/eks/pod-security-groups.ts'

/** Which groups pods have. */
export interface PodGroups {
  /** The groups that policies give a pod of the namespace, each once; none: it has those of its node. */
  of(pod: Pod, namespace: string): readonly string[]
}

/** Follows the policies from the moment on that the cluster serves them. */
export function followPolicies(
  context: Pick<ControllerContext, 'informer'>,
  served: ServedResources,
): PodGroups {
  const { plural } = securityGroupPolicies
  // Kept, as every new pod asks.
  let isServed = false
  const look = (): void => {
    isServed = served.all.some((each) => each.group === GROUP && each.plural === plural)
    // It lists and watches from here on, so that the first pod is judged by what is there.
    if (isServed) context.informer(securityGroupPolicies)
  }
  served.onChange(look)
  look()
  return {
    of(pod, namespace) {
      if (!isServed) return []
      const policies = context.informer(securityGroupPolicies).list(namespace)
      if (policies.length === 0) return []
      const name = pod.spec.serviceAccountName ?? 'default'
      const account = context.informer(serviceAccounts).get(`${namespace}/${name}`)
      return groupsOfPod(policies, {
        labels: pod.metadata.labels ?? {},
        accountLabels: account?.metadata.labels ?? {},
      })
    },
  }
}
