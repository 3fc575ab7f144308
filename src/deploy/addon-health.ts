// Owns the wait for an add-on: until it is ACTIVE, or until it is plain that nothing will ever run it.
import type { Addon } from '@aws-sdk/client-eks'

import type { Pod } from '../../generated/kubernetes.d.ts'
import { UserError } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { pods } from '../kubernetes/client/resources.ts'
import { factsOfAddon } from '../rules/eks/addons.ts'
import { findAddon } from './addons.ts'
import type { DeployContext } from './context.ts'
import type { StepResult } from './progress.ts'
import { waitFor } from './wait.ts'

const ADDON_TIMEOUT_MS = 15 * 60_000
// The scheduler may say so for a moment, while nodes come up or another pod makes room; without nodes, while CoreDNS
// moves to Fargate.
const GRACE_WITH_NODES_MS = 10_000
const GRACE_WITHOUT_NODES_MS = 2_000

/**
 * Waits until an add-on is ACTIVE. One whose pods have nowhere to run is reported and not waited for: eksctl does not
 * wait either, and the cluster works without (a Fargate-only cluster whose profiles leave metrics-server out).
 * @throws UserError with its health issues when it fails, or when time runs out.
 */
export async function addonHealthy(
  context: DeployContext,
  kubernetes: KubernetesClient,
  addonName: string,
): Promise<StepResult> {
  const { managedNodeGroups = [], nodeGroups = [] } = context.config
  const hasNodes = managedNodeGroups.length + nodeGroups.length > 0
  const graceMs = hasNodes ? GRACE_WITH_NODES_MS : GRACE_WITHOUT_NODES_MS
  let last: Addon | undefined
  let stuckSinceMs: number | undefined
  const probe = async (): Promise<StepResult | undefined> => {
    last = await findAddon(context, addonName)
    if (last?.status === 'CREATE_FAILED') throw new UserError(`add-on ${addonName} failed: ${issuesOf(last)}`)
    if (last?.status === 'ACTIVE') return { outcome: 'done', detail: 'ACTIVE' }
    const reason = await unschedulable(kubernetes, addonName)
    if (reason === undefined) {
      stuckSinceMs = undefined
      return undefined
    }
    stuckSinceMs ??= context.clock.now()
    if (context.clock.now() - stuckSinceMs < graceMs) return undefined
    context.progress.warn(
      `the add-on ${addonName} has nowhere to run: ${reason}\n  Add a node group, or a Fargate profile that selects its pods.`,
    )
    return { outcome: 'skipped', detail: 'it has nowhere to run' }
  }
  return waitFor(probe, {
    clock: context.clock,
    pace: context.pace,
    timeoutMs: ADDON_TIMEOUT_MS,
    describe: () => ({ message: `add-on ${addonName} is ${last?.status ?? 'gone'}: ${issuesOf(last)}` }),
  })
}

// What the scheduler says of the add-on's pods, when all of them wait for a node. Pods are named after their workload.
// An add-on that Neargate knows nothing of is taken to call it like itself.
async function unschedulable(kubernetes: KubernetesClient, addonName: string): Promise<string | undefined> {
  const { namespace = 'kube-system', workload } = factsOfAddon(addonName) ?? {}
  const { items } = await kubernetes.list(pods, { namespace })
  const prefix = `${workload?.name ?? addonName}-`
  const own = items.filter(({ metadata }) => metadata.name.startsWith(prefix))
  const reasons = own.map(unschedulableReason)
  return reasons.every((reason) => reason !== undefined) ? reasons[0] : undefined
}

function unschedulableReason({ status }: Pod): string | undefined {
  const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  return condition?.status === 'False' && condition.reason === 'Unschedulable' ? condition.message : undefined
}

function issuesOf(addon: Addon | undefined): string {
  return (
    (addon?.health?.issues ?? []).map((issue) => `${issue.code}: ${issue.message}`).join('; ') ||
    'no issue reported'
  )
}
