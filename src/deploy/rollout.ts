// Owns the wait for workloads, and the account of where their pods landed.
import type { LabelSelector, Pod } from '../../generated/kubernetes.d.ts'
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import { events, pods } from '../kubernetes/client/resources.ts'
import { formatLabelSelector, selectsEverything } from '../rules/scheduling/label-selector.ts'
import { isPodReady } from '../rules/scheduling/pod.ts'
import type { SourcedObject } from './apply.ts'
import type { Pace } from './pace.ts'
import { READERS, type Rollout } from './rollout-status.ts'
import { waitFor } from './wait.ts'
import type { PodPlacement, WorkloadReport } from './up-result.ts'

export interface RolloutOptions {
  readonly kubernetes: KubernetesClient
  readonly clock: Clock
  readonly pace: Pace
  readonly timeoutMs: number
  readonly detail: (text: string) => void
}

/** The manifests whose rollout is waited for. */
export function workloadsOf(manifests: readonly SourcedObject[]): readonly SourcedObject[] {
  return manifests.filter(({ object }) => READERS[object.kind] !== undefined)
}

/**
 * Waits until the workload's rollout is complete and says where its pods are.
 * @throws UserError with what its pods wait for, when the rollout fails or time runs out.
 */
export async function rolledOut(manifest: SourcedObject, options: RolloutOptions): Promise<WorkloadReport> {
  const { kind, metadata } = manifest.object
  const key = { namespace: metadata.namespace ?? 'default', name: metadata.name }
  const read = READERS[kind]
  if (!read) throw new UserError(`${manifest.source}: a ${kind} has no rollout`)
  let last: Rollout | undefined
  const probe = async (): Promise<Rollout | undefined> => {
    last = await read(options.kubernetes, key)
    options.detail(`${key.name} ${last.ready}/${last.desired} ${last.done}`)
    if (last.failed !== undefined) throw await stuck(options, key, { rollout: last, reason: last.failed })
    return last.complete ? last : undefined
  }
  try {
    const rollout = await waitFor(probe, {
      clock: options.clock,
      pace: options.pace,
      timeoutMs: options.timeoutMs,
      describe: () => ({ message: 'timed out' }),
    })
    return await report(options.kubernetes, { kind, ...key }, rollout)
  } catch (error) {
    if (last && error instanceof UserError && error.message.startsWith('timed out')) {
      throw await stuck(options, key, {
        rollout: last,
        reason: `not complete after ${Math.round(options.timeoutMs / 1000)} s`,
      })
    }
    throw error
  }
}

interface Stuck {
  readonly rollout: Rollout
  readonly reason: string
}

async function stuck(
  { kubernetes }: RolloutOptions,
  key: { readonly namespace: string; readonly name: string },
  { rollout, reason }: Stuck,
): Promise<UserError> {
  const causes = await troubles(kubernetes, key, rollout)
  const lines = causes.map((cause) => `\n  ${cause}`).join('')
  return new UserError(
    `${key.namespace}/${key.name}: ${rollout.ready} of ${rollout.desired} pods ${rollout.done}, ${reason}${lines}`,
    {
      help: `Look closer with: kubectl -n ${key.namespace} describe pods`,
    },
  )
}

/** What its pods wait for, and why there are fewer than it wants. */
async function troubles(
  kubernetes: KubernetesClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  { selector, desired }: Rollout,
): Promise<readonly string[]> {
  const list = await podsOf(kubernetes, namespace, selector)
  const waiting = list.filter((pod) => !isPodReady(pod) && pod.status?.phase !== 'Succeeded')
  const recent = await kubernetes.list(events, { namespace, fieldSelector: 'type=Warning' })
  const refused = recent.items.findLast(
    ({ reason, involvedObject: { kind, name: of = '' } }) =>
      reason === 'FailedCreate' && kind !== 'Pod' && (of === name || isReplicaSetOf(of, name)),
  )
  const few = list.length < desired && refused
  const ofPods = waiting.map((pod) => {
    const event = recent.items.findLast((entry) => entry.involvedObject.name === pod.metadata.name)
    const waits = waitingMessage(pod)
    const said =
      waits ?? (event ? `${event.reason}: ${event.message}` : (pod.status?.reason ?? 'no event yet'))
    return `${pod.metadata.name} is ${pod.status?.phase ?? 'unknown'}: ${said}`
  })
  return few ? [`${few.involvedObject.kind} ${few.involvedObject.name}: ${few.message}`, ...ofPods] : ofPods
}

// Its name is that of its Deployment and a hash.
function isReplicaSetOf(name: string, deployment: string): boolean {
  return name.startsWith(`${deployment}-`) && !name.slice(deployment.length + 1).includes('-')
}

/** Why its first container that waits does so, with more than a word: it names the cause, where an event may only count. */
function waitingMessage({ status }: Pod): string | undefined {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const waiting = statuses.map(({ state }) => state?.waiting).find((each) => each?.message)
  return waiting && `${waiting.reason}: ${waiting.message}`
}

async function podsOf(
  kubernetes: KubernetesClient,
  namespace: string,
  selector: LabelSelector,
): Promise<readonly Pod[]> {
  if (selectsEverything(selector)) return []
  const { items } = await kubernetes.list(pods, { namespace, labelSelector: formatLabelSelector(selector) })
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}

async function report(
  kubernetes: KubernetesClient,
  about: { readonly kind: string; readonly namespace: string; readonly name: string },
  rollout: Rollout,
): Promise<WorkloadReport> {
  const list = await podsOf(kubernetes, about.namespace, rollout.selector)
  const placements = list.map(placement).toSorted((a, b) => a.name.localeCompare(b.name))
  const onFargate = placements.some((pod) => pod.node.startsWith('fargate-'))
  return {
    ...about,
    ready: rollout.ready,
    desired: rollout.desired,
    done: rollout.done,
    compute: onFargate ? 'fargate' : 'ec2',
    pods: placements,
  }
}

function placement(pod: Pod): PodPlacement {
  const node = pod.spec.nodeName ?? ''
  const capacity = node.startsWith('fargate-') ? pod.metadata.annotations?.['CapacityProvisioned'] : undefined
  return {
    name: pod.metadata.name,
    node,
    ip: pod.status?.podIP ?? '',
    ...(capacity === undefined ? {} : { capacity }),
  }
}
