// Owns the wait for workloads, and the account of where their pods landed.
import type {
  DaemonSet,
  Deployment,
  Pod,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '../../generated/kubernetes.d.ts'
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import type { KubernetesClient } from '../kubernetes/client/client.ts'
import {
  daemonSets,
  deployments,
  events,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../kubernetes/client/resources.ts'
import type { SourcedObject } from './apply.ts'
import { waitFor } from './wait.ts'
import { isPodReady } from '../rules/scheduling/pod.ts'

export interface PodPlacement {
  readonly name: string
  readonly node: string
  readonly ip: string
  /** The Fargate size, e.g. `0.25vCPU 1GB`; only on Fargate. */
  readonly capacity?: string
}

export interface WorkloadReport {
  readonly namespace: string
  readonly kind: string
  readonly name: string
  readonly ready: number
  readonly desired: number
  readonly compute: 'ec2' | 'fargate'
  readonly pods: readonly PodPlacement[]
}

export interface RolloutOptions {
  readonly kubernetes: KubernetesClient
  readonly clock: Clock
  readonly timeoutMs: number
  readonly detail: (text: string) => void
}

interface Rollout {
  readonly desired: number
  readonly ready: number
  readonly complete: boolean
  readonly failed?: string
  readonly selector: Readonly<Record<string, string>>
}

type Reader = (kubernetes: KubernetesClient, key: { namespace: string; name: string }) => Promise<Rollout>

const READERS: Readonly<Record<string, Reader>> = {
  Deployment: async (kubernetes, key) => deploymentRollout(await kubernetes.get(deployments, key)),
  ReplicaSet: async (kubernetes, key) => replicaSetRollout(await kubernetes.get(replicaSets, key)),
  ReplicationController: async (kubernetes, key) =>
    replicationControllerRollout(await kubernetes.get(replicationControllers, key)),
  StatefulSet: async (kubernetes, key) => statefulSetRollout(await kubernetes.get(statefulSets, key)),
  DaemonSet: async (kubernetes, key) => daemonSetRollout(await kubernetes.get(daemonSets, key)),
}

/** The manifests whose rollout is waited for. */
export function workloadsOf(manifests: readonly SourcedObject[]): readonly SourcedObject[] {
  return manifests.filter(({ object }) => READERS[object.kind] !== undefined)
}

// The conditions are those that `kubectl rollout status` waits for (kubectl pkg/polymorphichelpers/rollout_status.go).
function deploymentRollout({ metadata, spec, status = {} }: Deployment): Rollout {
  const desired = spec.replicas ?? 1
  const {
    observedGeneration = 0,
    updatedReplicas = 0,
    replicas = 0,
    availableReplicas = 0,
    readyReplicas = 0,
  } = status
  const stuck = status.conditions?.find(
    (condition) => condition.type === 'Progressing' && condition.reason === 'ProgressDeadlineExceeded',
  )
  return {
    desired,
    ready: readyReplicas,
    complete:
      observedGeneration >= (metadata.generation ?? 0) &&
      updatedReplicas >= desired &&
      replicas <= updatedReplicas &&
      availableReplicas >= updatedReplicas,
    ...(stuck?.message === undefined ? {} : { failed: stuck.message }),
    selector: spec.selector?.matchLabels ?? {},
  }
}

function replicaSetRollout({ spec, status }: ReplicaSet): Rollout {
  const desired = spec.replicas ?? 1
  const ready = status?.readyReplicas ?? 0
  return { desired, ready, complete: ready >= desired, selector: spec.selector?.matchLabels ?? {} }
}

function replicationControllerRollout({ spec, status }: ReplicationController): Rollout {
  const desired = spec.replicas ?? 1
  const ready = status?.readyReplicas ?? 0
  return { desired, ready, complete: ready >= desired, selector: spec.selector ?? {} }
}

// A partition holds the pods below it at the revision before; with OnDelete nothing is updated by itself.
function statefulSetRollout({ metadata, spec, status }: StatefulSet): Rollout {
  const desired = spec.replicas ?? 1
  const ready = status?.readyReplicas ?? 0
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  const updated =
    type === 'OnDelete' || (status?.updatedReplicas ?? 0) >= desired - (rollingUpdate?.partition ?? 0)
  const observed = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  return {
    desired,
    ready,
    complete: observed && ready >= desired && updated,
    selector: spec.selector?.matchLabels ?? {},
  }
}

function daemonSetRollout({ metadata, spec, status }: DaemonSet): Rollout {
  const desired = status?.desiredNumberScheduled ?? 0
  const ready = status?.numberReady ?? 0
  const observed = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  const updated = status?.updatedNumberScheduled ?? 0
  return {
    desired,
    ready,
    complete: observed && ready >= desired && updated >= desired,
    selector: spec.selector?.matchLabels ?? {},
  }
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
    options.detail(`${key.name} ${last.ready}/${last.desired} ready`)
    if (last.failed !== undefined) throw await stuck(options, key, { rollout: last, reason: last.failed })
    return last.complete ? last : undefined
  }
  try {
    const rollout = await waitFor(probe, {
      clock: options.clock,
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
  const causes = await podTroubles(kubernetes, key.namespace, rollout.selector)
  const lines = causes.map((cause) => `\n  ${cause}`).join('')
  return new UserError(
    `${key.namespace}/${key.name}: ${rollout.ready} of ${rollout.desired} pods ready, ${reason}${lines}`,
    {
      help: `Look closer with: kubectl -n ${key.namespace} describe pods`,
    },
  )
}

async function podTroubles(
  kubernetes: KubernetesClient,
  namespace: string,
  selector: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const list = await podsOf(kubernetes, namespace, selector)
  const waiting = list.filter((pod) => !isPodReady(pod))
  const recent = await kubernetes.list(events, { namespace, fieldSelector: 'type=Warning' })
  return waiting.map((pod) => {
    const event = recent.items.findLast((entry) => entry.involvedObject.name === pod.metadata.name)
    const said = event ? `${event.reason}: ${event.message}` : (pod.status?.reason ?? 'no event yet')
    return `${pod.metadata.name} is ${pod.status?.phase ?? 'unknown'}: ${said}`
  })
}

async function podsOf(
  kubernetes: KubernetesClient,
  namespace: string,
  selector: Readonly<Record<string, string>>,
): Promise<readonly Pod[]> {
  const labelSelector = Object.entries(selector)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
  const { items } = await kubernetes.list(pods, { namespace, labelSelector })
  return items.filter((pod) => pod.metadata.deletionTimestamp === undefined)
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
