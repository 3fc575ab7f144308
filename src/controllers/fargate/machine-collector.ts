// Owns the end of Fargate machines: each goes with the pod that it was made for.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { pods } from '../../kubernetes/client/resources.ts'
import type {
  Controller,
  ControllerContext,
  Informer,
  ReconcileResult,
  Source,
} from '../../reconcile/controller.ts'
import { intervalSource } from '../../reconcile/table-source.ts'
import type { FargateCapacity } from './ports.ts'

const KEY = 'machines'
// A machine that was being made while its pod went is noticed by the next round at the latest.
const ROUND_MS = 30_000
const SYNC_POLL_MS = 50

/**
 * The control loop that releases machines whose pod has gone. A pod that has finished keeps its machine, and the
 * bill runs on, until it is deleted, as on AWS.
 */
export function createFargateMachineCollector(
  context: ControllerContext,
  capacity: FargateCapacity,
): Controller {
  const informer = context.informer(pods)
  return {
    name: 'fargate-machine-collector',
    sources: [goneSource(informer), intervalSource(context.clock, ROUND_MS, KEY)],
    reconcile: () => collect(informer, capacity),
  }
}

function goneSource(informer: Informer<Pod>): Source {
  return {
    subscribe: (enqueue) =>
      informer.onChange(({ after }) => {
        if (!after) enqueue(KEY)
      }),
  }
}

async function collect(informer: Informer<Pod>, capacity: FargateCapacity): Promise<ReconcileResult | void> {
  if (!informer.synced) return { requeueAfterMs: SYNC_POLL_MS }
  const machines = capacity.list()
  if (machines.length === 0) return undefined
  const alive = new Set(informer.list().map((pod) => pod.metadata.uid))
  for (const { nodeName, podUid } of machines) {
    if (!alive.has(podUid)) await capacity.release(nodeName)
  }
  return undefined
}
