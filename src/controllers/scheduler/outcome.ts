// Owns what the scheduler writes: bindings, the PodScheduled condition, its events, victims' deletions.
// Source: kubernetes pkg/scheduler/schedule_one.go and framework/preemption/executor.go.
import type { Pod, PodCondition, PodStatus } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { pods as podResource } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { withCondition } from '../../rules/kubernetes/conditions.ts'

const FROM = 'default-scheduler'

/** Binds a pod to a node. @returns false when the pod has gone or was bound meanwhile. */
export async function bindPod(context: ControllerContext, pod: Pod, nodeName: string): Promise<boolean> {
  const { name, namespace = '', uid } = pod.metadata
  try {
    await context.client.createSubresource(podResource, { namespace, name }, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { kind: 'Node', name: nodeName },
    })
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false
    throw error
  }
  context.event(pod, {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${nodeName}`,
    from: FROM,
  })
  return true
}

/** Records a failed attempt as an event. */
export function announceFailure(context: ControllerContext, pod: Pod, message: string): void {
  context.event(pod, { type: 'Warning', reason: 'FailedScheduling', message, from: FROM })
}

/** Writes PodScheduled=False, and the node where room is being made; writes nothing that is there already. */
export async function markUnschedulable(
  context: ControllerContext,
  pod: Pod,
  { message, nominatedNodeName }: { message: string; nominatedNodeName?: string | undefined },
): Promise<void> {
  const status: PodStatus = {
    ...pod.status,
    conditions: withCondition<PodCondition>(
      pod.status?.conditions,
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
      timestamp(context.clock),
    ),
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
  }
  if (!deepEqual(status, pod.status)) await updateStatus(context, { ...pod, status })
}

/** Writes the node that a pod waits for while its volumes are on the way there. */
export async function nominate(context: ControllerContext, pod: Pod, nodeName: string): Promise<void> {
  if (pod.status?.nominatedNodeName === nodeName) return
  await updateStatus(context, { ...pod, status: { ...pod.status, nominatedNodeName: nodeName } })
}

/** Deletes the pods that make room, saying why. */
export async function evictVictims(
  context: ControllerContext,
  preemptor: Pod,
  { victims, nodeName }: { victims: readonly Pod[]; nodeName: string },
): Promise<void> {
  for (const victim of victims) {
    if (victim.metadata.deletionTimestamp) continue
    const { name, namespace = '', uid } = victim.metadata
    const conditions = withCondition<PodCondition>(
      victim.status?.conditions,
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: `${FROM}: preempting to accommodate a higher priority pod`,
      },
      timestamp(context.clock),
    )
    await updateStatus(context, { ...victim, status: { ...victim.status, conditions } })
    try {
      await context.client.delete(podResource, { namespace, name }, { preconditions: { uid } })
    } catch (error) {
      if (isNotFound(error)) continue
      throw error
    }
    const message = `Preempted by pod ${preemptor.metadata.uid} on node ${nodeName}`
    context.event(victim, { type: 'Normal', reason: 'Preempted', message, from: FROM })
  }
}

async function updateStatus(context: ControllerContext, pod: Pod): Promise<void> {
  try {
    await context.client.updateStatus(podResource, pod)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
