// Owns taking the pods off a node that is to go, as disruption budgets allow it.
// Source: EKS user guide, "Understand each phase of node updates".
import type { Node, Pod } from '../../../generated/kubernetes.d.ts'
import { isNotFound, isTooManyRequests } from '../../base/errors.ts'
import type { KubernetesClient } from './client.ts'
import { nodes, pods } from './resources.ts'
import { isPodTerminal } from '../../rules/scheduling/pod.ts'

const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers'

/** Lets nothing new onto the node, and says so to load balancers. */
export async function cordon(client: KubernetesClient, node: Node): Promise<void> {
  if (node.spec?.unschedulable && node.metadata.labels?.[EXCLUDED] === 'true') return
  await mark(client, node, { unschedulable: true, excluded: 'true' })
}

/** Takes back what `cordon` did. */
export async function uncordon(client: KubernetesClient, node: Node): Promise<void> {
  if (!node.spec?.unschedulable) return
  await mark(client, node, { unschedulable: null, excluded: null })
}

async function mark(
  client: KubernetesClient,
  { metadata: { name } }: Node,
  { unschedulable, excluded }: { unschedulable: true | null; excluded: 'true' | null },
): Promise<void> {
  const change = { metadata: { labels: { [EXCLUDED]: excluded } }, spec: { unschedulable } }
  await client.patch<Node>(nodes, { name }, change, { type: 'merge', fieldManager: 'eks' })
}

/**
 * Evicts what is left on the node; with `force` what no budget lets go is deleted.
 * @returns `done` once nothing is left but what belongs to the node, `ending` while what is left has its time to end,
 * `blocked` while a budget keeps something there
 */
export async function drain(
  client: KubernetesClient,
  nodeName: string,
  options: { readonly force: boolean },
): Promise<'done' | 'ending' | 'blocked'> {
  const { items } = await client.list<Pod>(pods, { fieldSelector: `spec.nodeName=${nodeName}` })
  const left = items.filter((pod) => pod.spec.nodeName === nodeName && isDrained(pod))
  let isBlocked = false
  for (const pod of left.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
    if (!(await remove(client, pod, options))) isBlocked = true
  }
  if (isBlocked) return 'blocked'
  return left.length === 0 ? 'done' : 'ending'
}

function isDrained(pod: Pod): boolean {
  return !isOfNode(pod) && !isPodTerminal(pod)
}

/** True for pods that come and go with their node, as `kubectl drain --ignore-daemonsets` has it. */
export function isOfNode({ metadata }: Pod): boolean {
  return (
    metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined ||
    (metadata.ownerReferences ?? []).some(({ kind, controller }) => controller && kind === 'DaemonSet')
  )
}

/** @returns false when a budget does not let the pod go now; it may later. */
async function remove(
  client: KubernetesClient,
  { metadata: { name, namespace = 'default' } }: Pod,
  { force }: { readonly force: boolean },
): Promise<boolean> {
  const key = { name, namespace }
  try {
    if (force) await client.delete(pods, key)
    else {
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: key }
      await client.createSubresource(pods, key, 'eviction', eviction)
    }
  } catch (error) {
    if (isTooManyRequests(error)) return false
    if (!isNotFound(error)) throw error
  }
  return true
}
