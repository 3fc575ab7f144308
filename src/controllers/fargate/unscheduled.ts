// Owns the condition PodScheduled=False of pods that Fargate does not run.
import type { Pod, PodCondition } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { pods } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { podCondition } from '../../rules/scheduling/pod.ts'
import { transitionTime } from '../../rules/kubernetes/conditions.ts'

const TYPE = 'PodScheduled'

/**
 * Writes why a pod has no node.
 * @returns true when that is news, false when the pod says so already or has changed or gone meanwhile
 */
export async function markUnscheduled(
  { client, clock }: ControllerContext,
  pod: Pod,
  { reason, message }: { readonly reason: string; readonly message: string },
): Promise<boolean> {
  const current = podCondition(pod, TYPE)
  if (current?.status === 'False' && current.reason === reason && current.message === message) return false
  const condition: PodCondition = {
    type: TYPE,
    status: 'False',
    reason,
    message,
    lastTransitionTime: transitionTime(current, 'False', timestamp(clock)),
  }
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== TYPE)
  try {
    const status = { ...pod.status, conditions: [...others, condition] }
    await client.updateStatus(pods, { ...pod, status })
    return true
  } catch (error) {
    // A newer version of the pod is on its way and wakes the scheduler again.
    if (isNotFound(error) || isConflict(error)) return false
    throw error
  }
}
