// Owns the Node objects of a group: how many are ready, what labels they carry, removing those that stay behind.
import type { Node } from '../../../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../../../base/errors.ts'
import type { KubernetesClient } from '../../../../kubernetes/client/client.ts'
import { nodes } from '../../../../kubernetes/client/resources.ts'
import { isConditionTrue } from '../../../../rules/kubernetes/conditions.ts'

/** The nodes that carry the group's label. */
export async function nodesOf(client: KubernetesClient, nodegroupName: string): Promise<readonly Node[]> {
  const { items } = await client.list<Node>(nodes, {
    labelSelector: `eks.amazonaws.com/nodegroup=${nodegroupName}`,
  })
  return items
}

/** True when the node's Ready condition is. */
export function isReady(node: Node): boolean {
  return isConditionTrue(node.status?.conditions, 'Ready')
}

/** Puts labels and taints of the group on nodes that run already; EKS does so without replacing them. */
export async function relabel(
  client: KubernetesClient,
  node: Node,
  change: { labels: Record<string, string | null>; taints: readonly object[] },
): Promise<void> {
  await client.patch<Node>(
    nodes,
    { name: node.metadata.name },
    { metadata: { labels: change.labels }, spec: { taints: change.taints } },
    { type: 'merge', fieldManager: 'eks' },
  )
}

/** Deletes the Node objects that the machines of a group leave behind. */
export async function forgetNodes(client: KubernetesClient, nodegroupName: string): Promise<void> {
  for (const node of await nodesOf(client, nodegroupName)) {
    try {
      await client.delete(nodes, { name: node.metadata.name })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}
