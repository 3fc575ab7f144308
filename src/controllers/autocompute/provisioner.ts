// Owns the control loop that makes node claims for pods which the scheduler can place nowhere.
// Source: kubernetes-sigs/karpenter pkg/controllers/provisioning/provisioner.go.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import type { Controller } from '../../reconcile/controller.ts'
import { keyOf } from '../../reconcile/controller.ts'
import { isOfNode } from '../../kubernetes/client/drain.ts'
import { type Compute, FROM } from './compute.ts'
import { type ProvisionerParts, simulate, startNode } from './simulation.ts'

const KEY = 'provisioning'
// Karpenter waits a second for more pods; what is near is faster.
const BATCH_MS = 200
const RETRY_MS = 10_000

/** The control loop of pods that wait for a node. */
export function createProvisioner(compute: Compute, parts: ProvisionerParts): Controller {
  const { context } = compute
  const said = new Sayings(compute)
  let batchedAtMs: number | undefined
  return {
    name: 'auto-compute-provisioner',
    sources: [
      compute.pods.source((pod) => (isWaiting(pod) ? [KEY] : [])),
      compute.pools.source(() => [KEY]),
      compute.claims.source(() => [KEY]),
    ],
    async reconcile() {
      const waiting = compute.pods.list().filter(isWaiting)
      said.keepOnly(waiting)
      if (waiting.length === 0) {
        batchedAtMs = undefined
        return undefined
      }
      const now = context.clock.now()
      batchedAtMs ??= now
      if (now - batchedAtMs < BATCH_MS) return { requeueAfterMs: BATCH_MS }
      batchedAtMs = undefined
      await place(parts, waiting, said)
      return { requeueAfterMs: RETRY_MS }
    },
  }
}

/** True for pods that the default scheduler has tried in vain. */
function isWaiting(pod: Pod): boolean {
  const { spec, status, metadata } = pod
  if (spec.nodeName || metadata.deletionTimestamp || status?.nominatedNodeName || isOfNode(pod)) return false
  return (status?.conditions ?? []).some(
    ({ type, status: value, reason }) =>
      type === 'PodScheduled' && value === 'False' && reason === 'Unschedulable',
  )
}

async function place(parts: ProvisionerParts, waiting: readonly Pod[], said: Sayings): Promise<void> {
  const { nodes, awaited, unplaced } = simulate(parts, { pods: waiting })
  for (const node of nodes) {
    const claim = await startNode(parts, node)
    for (const pod of claim ? node.pods : []) said.nominate(pod, claim?.metadata.name ?? '')
  }
  for (const [nodeName, pods] of awaited) for (const pod of pods) said.nominate(pod, nodeName)
  for (const { pod, message } of unplaced) said.complain(pod, message)
}

/** The events of pods that wait; the same is not said twice. */
class Sayings {
  readonly #context: Compute['context']
  readonly #last = new Map<string, string>()

  constructor({ context }: Compute) {
    this.#context = context
  }

  keepOnly(waiting: readonly Pod[]): void {
    const keys = new Set(waiting.map(keyOf))
    for (const key of this.#last.keys()) if (!keys.has(key)) this.#last.delete(key)
  }

  nominate(pod: Pod, claimName: string): void {
    this.#say(pod, 'Nominated', `Pod should schedule on: nodeclaim/${claimName}`)
  }

  complain(pod: Pod, why: string): void {
    this.#say(pod, 'FailedScheduling', `Failed to schedule pod, ${why}`)
  }

  #say(pod: Pod, reason: 'Nominated' | 'FailedScheduling', message: string): void {
    if (this.#last.get(keyOf(pod)) === message) return
    this.#last.set(keyOf(pod), message)
    const type = reason === 'Nominated' ? 'Normal' : 'Warning'
    this.#context.event(pod, { type, reason, message, from: FROM })
  }
}
