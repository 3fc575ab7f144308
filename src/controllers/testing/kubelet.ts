// Owns a kubelet for rehearsals: bound pods become ready at once, deleted ones go at once.
import type { Pod } from '../../../generated/kubernetes.d.ts'
import { timestamp } from '../../base/clock.ts'
import { isNotFound } from '../../base/errors.ts'
import { pods } from '../../kubernetes/client/resources.ts'
import { keyOf } from '../../reconcile/controller.ts'
import type { Controller, ControllerContext } from '../../reconcile/controller.ts'
import { isPodReady } from '../../rules/scheduling/pod.ts'

/** Makes pods ready, except those whose image is `broken`. */
export function createRehearsalKubelet(context: ControllerContext): Controller {
  const all = context.informer(pods)
  return {
    name: 'rehearsal-kubelet',
    sources: [all.source((pod) => (pod.spec.nodeName ? [keyOf(pod)] : []))],
    async reconcile(key) {
      const pod = all.get(key)
      if (!pod) return
      if (pod.metadata.deletionTimestamp) return end(context, pod)
      const isBroken = pod.spec.containers.some(({ image }) => image === 'broken')
      if (isPodReady(pod) || isBroken) return
      await context.client.updateStatus(pods, {
        ...pod,
        status: { ...pod.status, ...runningStatus(context, pod) },
      })
    },
  }
}

function runningStatus(context: ControllerContext, pod: Pod): NonNullable<Pod['status']> {
  // Within 10.0.0.0/16: an address that is none is refused in endpoints.
  const number = Number(BigInt(`0x${pod.metadata.uid.slice(-4)}`)) % (256 * 250)
  const podIP = `10.0.${Math.floor(number / 250)}.${(number % 250) + 1}`
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'Ready')
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: timestamp(context.clock) }
  const startTime = pod.status?.startTime ?? timestamp(context.clock)
  return { phase: 'Running', startTime, podIP, podIPs: [{ ip: podIP }], conditions: [...others, ready] }
}

async function end(context: ControllerContext, pod: Pod): Promise<void> {
  const { name, namespace = '' } = pod.metadata
  try {
    await context.client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0 })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
