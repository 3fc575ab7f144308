// Owns UpdateClusterVersion: one minor version up at a time.
import type { UpdateClusterVersionRequest, UpdateClusterVersionResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Node } from '../../../../../generated/kubernetes.d.ts'
import { nodes } from '../../../../kubernetes/client/resources.ts'
import { isWithinSkew, minorOf } from '../../../../rules/eks/version-skew.ts'
import { invalidParameter, invalidRequest } from '../errors.ts'
import { findCluster } from '../lookup.ts'
import type { Eks } from '../state.ts'
import { beginClusterUpdate } from './updates.ts'

const UPDATE_VERSION_MS = 10 * 60_000

/** @throws AwsError InvalidParameterException, ResourceInUseException, ResourceNotFoundException */
export const updateClusterVersion = operation<
  Eks,
  UpdateClusterVersionRequest,
  UpdateClusterVersionResponse
>()({
  honours: ['name', 'version'],
  keeps: ['force', 'clientRequestToken'],
  handle: async (input, eks) => {
    const { cluster } = findCluster(eks, input.name)
    const [from, to] = [cluster.version ?? '', input.version ?? '']
    const offered = eks.ports.versions.find((version) => version.version === to)
    if (!offered) throw invalidParameter('unsupported Kubernetes version', { clusterName: cluster.name })
    if (minorOf(to) !== minorOf(from) + 1) {
      throw invalidParameter(`Unsupported Kubernetes minor version update from ${from} to ${to}`, {
        clusterName: cluster.name,
      })
    }
    await checkKubelets(eks, cluster.name, to)
    const platformVersion = offered.platformVersion ?? 'eks.1'
    const update = await beginClusterUpdate(eks, cluster.name, {
      type: 'VersionUpdate',
      params: [
        { type: 'Version', value: to },
        { type: 'PlatformVersion', value: platformVersion },
      ],
      change: { version: to, platformVersion },
      awsMs: UPDATE_VERSION_MS,
    })
    return { update }
  },
})

/** @throws AwsError InvalidRequestException for nodes of EKS's own that the new version would leave too far behind */
async function checkKubelets(eks: Eks, clusterName: string, to: string): Promise<void> {
  const behind = eks.tables.nodegroups
    .list(`${clusterName}/`)
    .filter(({ nodegroup }) => !isWithinSkew(nodegroup.version ?? to, to))
    .map(({ nodegroup }) => nodegroup.nodegroupName)
  if (behind.length > 0) {
    throw invalidRequest(
      `Nodegroups ${behind.join(', ')} must be updated to match cluster version ${to} before updating cluster version`,
      { clusterName },
    )
  }
  const { items } = await eks.ports.host.client(clusterName).list<Node>(nodes, {
    labelSelector: 'eks.amazonaws.com/compute-type=fargate',
  })
  const kubelets = items.map(({ status }) => status?.nodeInfo?.kubeletVersion ?? `v${to}`)
  if (kubelets.every((kubelet) => isWithinSkew(kubelet.replace(/^v/, ''), to))) return
  // Words from weaveworks/okctl#1015.
  throw invalidRequest(
    `Kubelet version of Fargate pods must be updated to match cluster version ${to} before updating cluster version; Please recycle all offending pod replicas`,
    { clusterName },
  )
}
