// Owns the readiness gates of pods behind a target group: True once the load balancer finds the target healthy.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isNotFound } from '../../base/errors.ts'
import { pods } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { modifyStatus } from '../../reconcile/modify.ts'
import type { TargetHealthDescription } from './elbv2-shapes.ts'

export const GATE_PREFIX = 'target-health.elbv2.k8s.aws/'

/** Names of the target groups whose health the pod waits for. */
export function gatedGroups({ spec }: Pod): string[] {
  return (spec.readinessGates ?? [])
    .filter(({ conditionType }) => conditionType.startsWith(GATE_PREFIX))
    .map(({ conditionType }) => conditionType.slice(GATE_PREFIX.length))
}

/** Whether the pod waits for the health of its target in this target group. */
export function hasGate(pod: Pod, targetGroupName: string): boolean {
  return gatedGroups(pod).includes(targetGroupName)
}

/**
 * Sets the gates of target groups that are no longer filled to True, so that they hold no pod back
 * (pkg/targetgroupbinding, updatePodAsHealthyForDeletedTGB).
 */
export async function openGates(
  context: ControllerContext,
  namespace: string,
  targetGroupNames: readonly string[],
): Promise<void> {
  if (targetGroupNames.length === 0) return
  const TargetHealth = { State: 'healthy', Description: 'Target Group Binding is deleted' }
  for (const pod of context.informer(pods).list(namespace)) {
    for (const targetGroupName of new Set(targetGroupNames)) {
      if (hasGate(pod, targetGroupName))
        await writeGate(context, pod, { targetGroupName, health: { TargetHealth } })
    }
  }
}

/**
 * Writes the pod's condition for the target group; True only when the target is healthy.
 * @returns whether the target is healthy.
 */
export async function writeGate(
  context: ControllerContext,
  pod: Pod,
  {
    targetGroupName,
    health,
  }: { targetGroupName: string; health: Pick<TargetHealthDescription, 'TargetHealth'> | undefined },
): Promise<boolean> {
  const type = GATE_PREFIX + targetGroupName
  const isHealthy = health?.TargetHealth.State === 'healthy'
  const status = isHealthy ? 'True' : 'False'
  const { Reason: reason, Description: message } = health?.TargetHealth ?? {
    Reason: 'Elb.RegistrationInProgress',
    Description: 'Target registration is in progress',
  }
  const isCurrent = pod.status?.conditions?.some(
    (one) => one.type === type && one.status === status && (one.reason ?? '') === (reason ?? ''),
  )
  if (isCurrent) return isHealthy
  const condition = {
    type,
    status,
    lastTransitionTime: timestamp(context.clock),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  }
  const { namespace = '', name, uid } = pod.metadata
  await modifyStatus(context.client, {
    resource: pods,
    key: { namespace, name },
    change: (current) => {
      if (current.metadata.uid !== uid) return undefined
      const others = (current.status?.conditions ?? []).filter((one) => one.type !== type)
      return { ...current, status: { ...current.status, conditions: [...others, condition] } }
    },
  }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
  return isHealthy
}
