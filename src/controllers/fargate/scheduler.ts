// Owns the Fargate scheduler: gives each pod that asks for it a machine of its own, or says why not.
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../generated/kubernetes.d.ts'
import { AwsError, isConflict, isNotFound } from '../../base/errors.ts'
import { FARGATE_SCHEDULER, PROFILE_LABEL } from '../../rules/fargate/match.ts'
import type { ClaimLookup } from '../../rules/fargate/refuse.ts'
import { isBound } from '../../rules/kubernetes/volume-binding.ts'
import { persistentVolumeClaims, persistentVolumes, pods } from '../../kubernetes/client/resources.ts'
import { CLAIMS_OF_POD, claimKeysOf } from '../volume/claims-of-pod.ts'
import type { ObjectKey } from '../../kubernetes/client/client.ts'
import {
  keyOf,
  type Controller,
  type ControllerContext,
  type Informer,
  type Source,
} from '../../reconcile/controller.ts'
import { isPodActive } from '../../rules/scheduling/pod.ts'
import { CAPACITY_ANNOTATION } from './admission.ts'
import { formatCapacity } from '../../rules/fargate/size.ts'
import { loggingEvent, type LoggingConfiguration, type LoggingVerdict } from './logging.ts'
import type { FargateCapacity, FargateMachine, FargateProfiles } from './ports.ts'
import { markUnscheduled } from './unscheduled.ts'
import { UNSCHEDULABLE, verdictOn, type Verdict } from './verdict.ts'

/** Provisioning is mostly waiting; AWS launches up to 20 pods a second for an account. */
const CONCURRENCY = 20

export interface FargateSchedulerOptions {
  readonly profiles: FargateProfiles
  readonly capacity: FargateCapacity
  readonly logging: LoggingConfiguration
}

interface Parts extends FargateSchedulerOptions {
  readonly context: ControllerContext
  readonly pods: Informer<Pod>
  readonly claims: Informer<PersistentVolumeClaim>
  readonly volumes: Informer<PersistentVolume>
  /** UIDs of pods that have had their logging event. */
  readonly announced: Set<string>
}

/** The control loop behind `schedulerName: fargate-scheduler`; keys are `namespace/name` of pods. */
export function createFargateScheduler(
  context: ControllerContext,
  options: FargateSchedulerOptions,
): Controller {
  const parts: Parts = {
    ...options,
    context,
    pods: context.informer(pods),
    claims: context.informer(persistentVolumeClaims),
    volumes: context.informer(persistentVolumes),
    announced: new Set(),
  }
  parts.pods.addIndex(CLAIMS_OF_POD, claimKeysOf)
  return {
    name: FARGATE_SCHEDULER,
    sources: [
      parts.pods.source((pod) => (waitsForMachine(pod) ? [keyOf(pod)] : [])),
      profileSource(parts),
      // A claim that is bound may let its pods in.
      parts.claims.source((claim) =>
        parts.pods.byIndex(CLAIMS_OF_POD, keyOf(claim)).filter(waitsForMachine).map(keyOf),
      ),
      forgettingSource(parts),
    ],
    concurrency: CONCURRENCY,
    reconcile: (key) => reconcile(parts, key),
  }
}

/** A changed profile is looked at for every pod that waits, unlike on AWS (containers-roadmap#2654). */
function profileSource(parts: Parts): Source {
  return {
    subscribe: (enqueue) =>
      parts.profiles.onChange(() => parts.pods.list().filter(waitsForMachine).map(keyOf).forEach(enqueue)),
  }
}

/** Wakes nobody: forgets what was announced to pods that have gone. */
function forgettingSource({ pods: informer, announced }: Parts): Source {
  return {
    subscribe: () =>
      informer.onChange(({ before, after }) => {
        if (before && !after) announced.delete(before.metadata.uid)
      }),
  }
}

function waitsForMachine(pod: Pod): boolean {
  const { schedulerName, nodeName, schedulingGates = [] } = pod.spec
  return schedulerName === FARGATE_SCHEDULER && !nodeName && schedulingGates.length === 0 && isPodActive(pod)
}

async function reconcile(parts: Parts, key: string): Promise<void> {
  const pod = parts.pods.get(key)
  if (!pod || !waitsForMachine(pod)) return
  const verdict = verdictOn(pod, parts.profiles.active(), claimLookup(parts, pod))
  if (verdict.type === 'wait') {
    parts.context.log.debug('no Fargate profile for pod', { pod: key })
  } else if (verdict.type === 'refuse') {
    await refuse(parts, pod, verdict)
  } else {
    await launch(parts, pod, verdict)
  }
}

function claimLookup({ claims, volumes }: Parts, { metadata }: Pod): ClaimLookup {
  return (name) => {
    const claim = claims.get(`${metadata.namespace}/${name}`)
    if (!claim) return { state: 'missing' }
    if (!isBound(claim)) return { state: 'unbound' }
    const volume = claim.spec?.volumeName ?? ''
    const csiDriver = volumes.get(volume)?.spec?.csi?.driver
    return { state: 'bound', volume, ...(csiDriver === undefined ? {} : { csiDriver }) }
  }
}

async function refuse(
  { context }: Parts,
  pod: Pod,
  failure: { readonly reason: string; readonly message: string },
): Promise<void> {
  // The event goes with the change of the condition: passes that find it written have nothing new to say.
  if (!(await markUnscheduled(context, pod, failure))) return
  const { message } = failure
  context.event(pod, { type: 'Warning', reason: 'FailedScheduling', message, from: FARGATE_SCHEDULER })
}

async function launch(parts: Parts, pod: Pod, verdict: Verdict & { type: 'provision' }): Promise<void> {
  const { context, capacity } = parts
  const { profile, size } = verdict
  const logging = parts.logging()
  announceLogging(parts, pod, logging)
  const wanted = { profile: profile.name, capacity: formatCapacity(size) }
  const labelled = await keepMarks(context, pod, wanted)
  if (!labelled) return
  let machine: FargateMachine
  try {
    machine = await capacity.provision({
      pod: labelled,
      profile,
      size,
      ...(logging.state === 'ready' ? { logging: logging.data } : {}),
    })
  } catch (error) {
    if (error instanceof AwsError) {
      await refuse(parts, labelled, { reason: UNSCHEDULABLE, message: launchFailure(error) })
    }
    throw error
  }
  if (await bind(context, pod, machine.nodeName)) return
  // Gone while its machine was made, or another pod has its name: the collector knows no more of it than we do.
  if (!(await isThere(context, pod))) await capacity.release(machine.nodeName)
}

// Making the network interface is what AWS can refuse, and the scheduler passes its answer on.
function launchFailure({ code, message }: AwsError): string {
  return `An error occurred (${code}) when calling the CreateNetworkInterface operation: ${message}`
}

function announceLogging(parts: Parts, pod: Pod, logging: LoggingVerdict): void {
  const { uid } = pod.metadata
  if (parts.announced.has(uid)) return
  parts.announced.add(uid)
  parts.context.event(pod, { ...loggingEvent(logging), from: FARGATE_SCHEDULER })
}

/**
 * Makes the pod's label and annotation those of the profile and size it gets: admission has written them, but the
 * profile may have been deleted since, and a pod may have named the scheduler by hand before there was a profile.
 */
async function keepMarks(
  { client }: ControllerContext,
  pod: Pod,
  wanted: { readonly profile: string; readonly capacity: string },
): Promise<Pod | undefined> {
  const { labels = {}, annotations = {}, uid } = pod.metadata
  if (labels[PROFILE_LABEL] === wanted.profile && annotations[CAPACITY_ANNOTATION] === wanted.capacity)
    return pod
  const metadata = {
    uid,
    labels: { [PROFILE_LABEL]: wanted.profile },
    annotations: { [CAPACITY_ANNOTATION]: wanted.capacity },
  }
  try {
    return await client.patch(pods, objectKey(pod), { metadata }, { type: 'merge' })
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return undefined
    throw error
  }
}

/** @returns false when the pod has gone or was bound before. */
async function bind(context: ControllerContext, pod: Pod, nodeName: string): Promise<boolean> {
  const { name, namespace = '', uid } = pod.metadata
  try {
    await context.client.createSubresource(pods, { namespace, name }, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    })
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false
    throw error
  }
  context.event(pod, {
    type: 'Normal',
    reason: 'Scheduled',
    message: `Successfully assigned ${namespace}/${name} to ${nodeName}`,
    from: FARGATE_SCHEDULER,
  })
  return true
}

async function isThere({ client }: ControllerContext, pod: Pod): Promise<boolean> {
  try {
    const live = await client.get(pods, objectKey(pod))
    return live.metadata.uid === pod.metadata.uid
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

function objectKey({ metadata: { namespace = '', name } }: Pod): ObjectKey {
  return { namespace, name }
}
