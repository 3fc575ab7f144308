// Owns the control loop that ends nodes nobody needs: expired ones, empty ones, and those whose pods fit elsewhere or on a
// cheaper node.
// Source: kubernetes-sigs/karpenter pkg/controllers/disruption (emptiness, consolidation) and nodeclaim/expiration.
import type { Node, Pod } from '../../../generated/kubernetes.d.ts'
import { parseGoDuration } from '../../base/go-duration.ts'
import { isNotFound } from '../../base/errors.ts'
import { type NodeClaim, nodeClaims } from '../../kubernetes/client/auto-mode-resources.ts'
import { podDisruptionBudgets } from '../../kubernetes/client/resources.ts'
import type { Controller } from '../../reconcile/controller.ts'
import type { NodePool } from '../../rules/auto-mode/node-pool.ts'
import { listPrices } from '../../rules/prices/price.ts'
import { budgetRefusal, coversPod } from '../../rules/kubernetes/disruption.ts'
import { isQuiet } from '../../rules/auto-mode/quiet.ts'
import { isOfNode } from '../../kubernetes/client/drain.ts'
import { allowedDisruptions, type DisruptionReason } from './disruption-budget.ts'
import { instanceTypeOf, poolOf } from './claim.ts'
import { type Compute, FROM, isTrue, nodeOfClaim, podsOnNode } from './compute.ts'
import { simulate, startNode, type ProvisionerParts } from './simulation.ts'

const KEY = 'disruption'
// Karpenter looks this often.
const POLL_MS = 10_000
const DO_NOT_DISRUPT = 'karpenter.sh/do-not-disrupt'

interface Candidate {
  readonly claim: NodeClaim
  readonly node: Node
  readonly pool: NodePool
  /** Those that would have to move. */
  readonly pods: readonly Pod[]
}

/** The control loop of nodes that are no longer worth their price. */
export function createDisruptionController(compute: Compute, parts: ProvisionerParts): Controller {
  const { context } = compute
  const since = new PodTimes(compute)
  const budgets = context.informer(podDisruptionBudgets)
  // The node that was started in another's place, and that goes once it is up.
  const replaced = new Map<string, string>()
  const mayMove = (pod: Pod): boolean =>
    pod.metadata.annotations?.[DO_NOT_DISRUPT] !== 'true' &&
    budgets.list(pod.metadata.namespace).every((budget) => !coversPod(budget, pod) || !budgetRefusal(budget))
  return {
    name: 'auto-compute-disruption',
    sources: [compute.claims.source(() => [KEY])],
    async reconcile() {
      const now = context.clock.now()
      const claims = compute.claims.list().filter(({ metadata }) => !metadata.deletionTimestamp)
      if (claims.length === 0) return undefined
      for (const claim of claims.filter((each) => isExpired(each, now))) await end(compute, claim, 'Expired')
      await finishReplacements(compute, replaced)
      const idle = claims
        .flatMap((claim) => candidate(compute, claim) ?? [])
        .filter((each) => !replaced.has(each.claim.metadata.name) && isDue(each, since, now))
      const empty = idle.filter(({ pods }) => pods.length === 0)
      for (const each of empty) await disrupt(compute, each, 'Empty')
      const used = idle.filter(
        ({ pods, pool }) => pods.length > 0 && isConsolidated(pool) && pods.every(mayMove),
      )
      // One at a time: where its pods go is known only when they are there.
      for (const each of cheapestToMove(used)) if (await consolidate(compute, parts, each, replaced)) break
      return { requeueAfterMs: POLL_MS }
    },
  }
}

function candidate(compute: Compute, claim: NodeClaim): Candidate | undefined {
  const node = nodeOfClaim(compute, claim)
  const pool = compute.pools.get(poolOf(claim))
  if (!node || !pool || !isTrue(claim, 'Initialized') || claim.metadata.deletionTimestamp) return undefined
  if (claim.metadata.annotations?.[DO_NOT_DISRUPT] === 'true') return undefined
  if (node.metadata.annotations?.[DO_NOT_DISRUPT] === 'true') return undefined
  return { claim, node, pool, pods: podsOnNode(compute, node.metadata.name).filter((pod) => !isOfNode(pod)) }
}

function isExpired({ spec, metadata }: NodeClaim, nowMs: number): boolean {
  const afterMs = parseGoDuration(spec.expireAfter ?? 'Never')
  return afterMs !== undefined && nowMs - Date.parse(metadata.creationTimestamp) >= afterMs
}

function isDue({ claim, node, pool }: Candidate, since: PodTimes, nowMs: number): boolean {
  return isQuiet({
    nowMs,
    initializedAtMs: initializedAt(claim),
    lastPodMs: since.of(node.metadata.name),
    consolidateAfter: pool.spec.disruption?.consolidateAfter,
  })
}

function initializedAt({ status, metadata }: NodeClaim): number {
  const condition = status?.conditions?.find(({ type }) => type === 'Initialized')
  return Date.parse(condition?.lastTransitionTime ?? metadata.creationTimestamp)
}

function isConsolidated({ spec }: NodePool): boolean {
  return (spec.disruption?.consolidationPolicy ?? 'WhenEmptyOrUnderutilized') !== 'WhenEmpty'
}

function cheapestToMove(candidates: readonly Candidate[]): Candidate[] {
  return candidates.toSorted((a, b) => a.pods.length - b.pods.length)
}

/** @returns true when the node goes, or is being replaced */
async function consolidate(
  compute: Compute,
  parts: ProvisionerParts,
  from: Candidate,
  replaced: Map<string, string>,
): Promise<boolean> {
  const { nodes, unplaced } = simulate(parts, { pods: from.pods, without: from.claim.metadata.name })
  if (unplaced.length > 0) return false
  if (nodes.length === 0) return await disrupt(compute, from, 'Underutilized')
  const [replacement, ...more] = nodes
  const price = listPrices.instanceHour(compute.region, instanceTypeOf(from.claim) ?? '')?.usd
  const cheapest = listPrices.instanceHour(compute.region, replacement?.types[0]?.type.name ?? '')?.usd
  if (!replacement || more.length > 0 || price === undefined || cheapest === undefined) return false
  if (cheapest >= price || !hasBudget(compute, from, 'Underutilized')) return false
  const started = await startNode(parts, replacement)
  if (started) replaced.set(from.claim.metadata.name, started.metadata.name)
  return started !== undefined
}

async function finishReplacements(compute: Compute, replaced: Map<string, string>): Promise<void> {
  for (const [oldName, newName] of replaced) {
    const old = compute.claims.get(oldName)
    const next = compute.claims.get(newName)
    // A replacement that never came leaves the old node where it is.
    if (!old || !next || next.metadata.deletionTimestamp) replaced.delete(oldName)
    else if (isTrue(next, 'Initialized')) {
      replaced.delete(oldName)
      await end(compute, old, 'Underutilized')
    }
  }
}

async function disrupt(compute: Compute, from: Candidate, reason: DisruptionReason): Promise<boolean> {
  if (!hasBudget(compute, from, reason)) return false
  await end(compute, from.claim, reason)
  return true
}

function hasBudget(compute: Compute, { pool }: Candidate, reason: DisruptionReason): boolean {
  const ours = compute.claims.list().filter((claim) => poolOf(claim) === pool.metadata.name)
  const going = ours.filter(({ metadata }) => metadata.deletionTimestamp).length
  const nowMs = compute.context.clock.now()
  return going < allowedDisruptions(pool, { reason, total: ours.length, nowMs })
}

async function end({ context }: Compute, claim: NodeClaim, reason: string): Promise<void> {
  const message = `Disrupting NodeClaim: ${reason}`
  context.event(claim, { type: 'Normal', reason: 'DisruptionTerminating', message, from: FROM })
  try {
    await context.client.delete(nodeClaims, { name: claim.metadata.name })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

// Since when nothing has come to a node or left it. It is not kept: after a restart the time begins anew.
class PodTimes {
  readonly #lastMs = new Map<string, number>()
  readonly #startedAtMs: number

  constructor({ pods, context }: Compute) {
    this.#startedAtMs = context.clock.now()
    pods.onChange(({ before, after }) => {
      const pod = after ?? before
      const isMoved =
        before?.spec.nodeName !== after?.spec.nodeName || before?.status?.phase !== after?.status?.phase
      if (pod?.spec.nodeName && isMoved && !isOfNode(pod)) {
        this.#lastMs.set(pod.spec.nodeName, context.clock.now())
      }
    })
  }

  of(nodeName: string): number {
    return this.#lastMs.get(nodeName) ?? this.#startedAtMs
  }
}
