// Owns the addresses of pods with security groups of their own: that of a branch interface, which the pod's annotation names,
// as EKS's VPC resource controller gives it and the VPC CNI takes it.
// Source: aws/amazon-vpc-resource-controller-k8s pkg/provider/branch/provider.go (events and their texts).
import type { Pod } from '../../generated/kubernetes.d.ts'
import type { IpFamily } from '../base/address-range.ts'
import { messageOf } from '../base/errors.ts'
import type { PodGroups } from '../controllers/podsecuritygroups/policies.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { pods } from '../kubernetes/client/resources.ts'
import type { PodAddresses } from '../node/ports.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { asksForBranch, POD_ENI } from '../rules/eks/pod-security-groups.ts'
import type { BranchInterfaces } from './branch-interfaces.ts'

export interface PodBranchesOptions {
  readonly context: Pick<ControllerContext, 'informer' | 'event'>
  /** Acts as the VPC resource controller. */
  readonly client: Pick<KubernetesClient, 'patch'>
  readonly groups: PodGroups
  /** Of the cluster's pods. */
  readonly family: IpFamily
  readonly branches: BranchInterfaces
}

const FROM = 'vpc-resource-controller'

/** The same addresses, but for pods that ask for a branch interface. */
export function withBranches(addresses: PodAddresses, options: PodBranchesOptions): PodAddresses {
  const { context, branches } = options
  return {
    async assign(request) {
      const pod = context.informer(pods).get(`${request.namespace}/${request.name}`)
      const isAsking = pod !== undefined && pod.metadata.uid === request.podUid && asksForBranch(pod)
      return isAsking ? await allocate(pod, request, options) : await addresses.assign(request)
    },
    async release(podUid) {
      if (!(await branches.remove(podUid))) await addresses.release(podUid)
    },
  }
}

async function allocate(
  pod: Pod,
  { nodeName, podUid, namespace, name }: Parameters<PodAddresses['assign']>[0],
  { context, client, groups, branches, family }: PodBranchesOptions,
): Promise<string> {
  const isNew = pod.metadata.annotations?.[POD_ENI] === undefined
  const say = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    context.event(pod, { type, reason, message, from: FROM })
  const ids = groups.of(pod, namespace)
  if (isNew && ids.length > 0) {
    say('Normal', 'SecurityGroupRequested', `Pod will get the following Security Groups [${ids.join(' ')}]`)
  } else if (isNew) {
    const message =
      "Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy"
    say('Warning', 'SecurityGroupRequested', message)
  }
  try {
    const given = await branches.of({ podUid, nodeName }, ids)
    if (isNew) {
      const text = JSON.stringify([given])
      const metadata = { uid: podUid, annotations: { [POD_ENI]: text } }
      await client.patch(pods, { namespace, name }, { metadata }, { type: 'merge' })
      say('Normal', 'ResourceAllocated', `Allocated ${text} to the pod`)
    }
    return family === 'IPv6' ? given.ipv6Addr : given.privateIp
  } catch (error) {
    say('Warning', 'BranchAllocationFailed', `failed to allocate branch ENI to pod: ${messageOf(error)}`)
    throw error
  }
}
