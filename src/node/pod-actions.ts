// Owns carrying out one action of a pod's plan; what came of it is a fact.
import type { Container, Pod } from '../../generated/kubernetes.d.ts'
import { isNotFound, messageOf } from '../base/errors.ts'
import { timeLimit } from '../base/time-limit.ts'
import {
  configMaps,
  persistentVolumeClaims,
  pods,
  secrets,
  serviceAccounts,
  services,
} from '../kubernetes/client/resources.ts'
import type { Dialer } from '../network/dialer.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { RuntimeError, type ContainerExit, type Runtime } from '../runtime/runtime.ts'
import { startContainer } from './container-start.ts'
import { lostExit, type ContainerState } from './container-state.ts'
import { runHook, type HookTarget } from './hooks.ts'
import { resolveEnvironment } from './environment.ts'
import { actionKey, type PodAction } from './pod-plan.ts'
import { everyContainer, type PodFact, type PodState } from './pod-state.ts'
import type { Machine, NodeFiles, PodAddresses } from './ports.ts'
import { podLimits } from './pod-limits.ts'
import { isForWindows } from '../rules/scheduling/pod.ts'
import { processOf, pullCredentials, volumeSources, type RealPods } from './real-pods.ts'
import { sandboxEnvironment } from './sandbox-environment.ts'
import { containerResources, resizeText, shrinkProblem } from './resize.ts'
import { serviceVariables } from './service-variables.ts'
import { prepareVolumes, removeVolumes } from './volume-files.ts'
import { isVolumeAttached } from './attached-volume.ts'
import { mountFaults, mountRetryMs, waitStep } from './volumes.ts'

/** What all pods of a cluster share. */
export interface PodWorld {
  readonly cluster: ControllerContext
  readonly runtime: Runtime
  /** The VPC of the cluster. */
  readonly dialer: Dialer
  readonly addresses: PodAddresses
  /** Undefined where nothing but stand-ins runs. */
  readonly real?: RealPods | undefined
  /** Called each time before an image of a pod is looked for. */
  readonly onImages?: (pod: Pod) => void
}

/** What an action may use. */
export interface ActionContext {
  readonly world: PodWorld
  readonly machine: Machine
  readonly files: NodeFiles
  readonly pod: Pod
  readonly state: PodState
  /** Ports that Services name, for the container that is to open them. */
  readonly servicePorts: readonly number[]
  /** Aborts when nothing is to be started any more. */
  readonly signal: AbortSignal
  /** The pod's volumes stay when its sandbox goes. */
  readonly keepsFiles: boolean
  /** Makes the pod's ports reachable at the address, or nowhere any more. */
  route(ip: string | undefined): void
}

const RETRY_MS = 1000

/** Carries an action out. Never throws: what did not work is tried again. */
export async function perform(action: PodAction, context: ActionContext): Promise<PodFact> {
  const { cluster } = context.world
  try {
    return await run(action, context)
  } catch (error) {
    const { name, namespace } = context.pod.metadata
    cluster.log.warn(`${actionKey(action)} of pod ${namespace}/${name} did not work`, { error })
    return { type: 'failed', retryAtMs: cluster.clock.now() + RETRY_MS }
  }
}

async function run(action: PodAction, context: ActionContext): Promise<PodFact> {
  switch (action.type) {
    case 'mountVolumes':
      return await mountVolumes(context)
    case 'createSandbox':
      return await createSandbox(context)
    case 'giveUp':
      context.world.cluster.event(context.pod, { type: 'Normal', ...action.failure, from: 'kubelet' })
      return { type: 'givenUp', failure: action.failure }
    case 'startContainer':
      return await start(containerOf(context, action.name), context)
    case 'exposePorts':
      await context.world.runtime.exposePorts(containerOf(context, action.name).id ?? '', action.ports)
      return { type: 'exposed', ports: action.ports }
    case 'resizeContainer':
      return await resize(containerOf(context, action.name), context)
    case 'stopContainer':
      return await stop(action, context)
    case 'removeSandbox':
      return await removeSandbox(context)
    case 'release':
      return await release(context)
    case 'deleteObject':
      return await deleteObject(context)
  }
}

async function mountVolumes({ world, pod, files, state, machine }: ActionContext): Promise<PodFact> {
  const { cluster } = world
  const { client, clock } = cluster
  const { namespace = '' } = pod.metadata
  const faults = await mountFaults(pod, {
    configMap: (name) => client.get(configMaps, { namespace, name }).catch(absent),
    secret: (name) => client.get(secrets, { namespace, name }).catch(absent),
    claim: (name) => client.get(persistentVolumeClaims, { namespace, name }).catch(absent),
    isAttached: (claim) => isVolumeAttached(cluster, claim, machine.nodeName),
    hasServiceAccount: async (name) =>
      (await client.get(serviceAccounts, { namespace, name }).catch(absent)) !== undefined,
    hostPath: (path, create) => files.at(path, create),
  })
  const { failures = 0 } = state.retries['mountVolumes'] ?? {}
  const wait = waitStep(failures)
  for (const { reason, message, from, isWait } of faults) {
    if (!isWait || wait.isWorthAnEvent) cluster.event(pod, { type: 'Warning', reason, message, from })
  }
  if (faults.length === 0) {
    if (world.real) {
      const sources = volumeSources(world.real, { cluster, machine, pod, ip: '' })
      await prepareVolumes(world.real.directories, sources)
    }
    return { type: 'mounted' }
  }
  const retryMs = faults.every(({ isWait }) => isWait) ? wait.retryMs : mountRetryMs(failures)
  return { type: 'failed', retryAtMs: clock.now() + retryMs }
}

async function createSandbox(context: ActionContext): Promise<PodFact> {
  const { world, machine, pod } = context
  const { runtime, addresses, cluster } = world
  const { namespace = '', name, uid, labels = {} } = pod.metadata
  const { nodeName, ip: nodeIp } = machine
  try {
    const ip = hasOwnAddress(context)
      ? await addresses.assign({ nodeName, podUid: uid, namespace, name })
      : nodeIp
    const names = world.real?.names
    const limits = podLimits(pod, machine)
    await runtime.createSandbox({
      id: uid,
      namespace,
      name,
      ip,
      node: nodeName,
      labels,
      images: imagesOf(pod),
      ...(limits && { limits }),
      ...(names && { environment: sandboxEnvironment(pod, ip, { machine, names }) }),
    })
    if (!pod.spec.hostNetwork) context.route(ip)
    return { type: 'sandboxed', ip }
  } catch (error) {
    const message = `Failed to create pod sandbox: ${messageOf(error)}`
    cluster.event(pod, { type: 'Warning', reason: 'FailedCreatePodSandBox', message, from: 'kubelet' })
    return { type: 'failed', retryAtMs: cluster.clock.now() + RETRY_MS }
  }
}

function imagesOf({ spec: { initContainers = [], containers } }: Pod): string[] {
  return [...initContainers, ...containers].map(({ image = '' }) => image)
}

async function removeSandbox({ world, pod, keepsFiles }: ActionContext): Promise<PodFact> {
  const { uid } = pod.metadata
  await world.runtime.removeSandbox(uid)
  world.real?.tokens.drop(uid)
  if (world.real && !keepsFiles) await removeVolumes(world.real.directories, uid)
  return { type: 'removed' }
}

async function start(container: ContainerState, context: ActionContext): Promise<PodFact> {
  const { world, pod, machine, signal, state } = context
  const { cluster, runtime } = world
  const first = state.containers.find(({ isInit }) => !isInit)
  world.onImages?.(pod)
  return await startContainer({
    pod,
    container,
    servicePorts: container === first ? context.servicePorts : undefined,
    kubeletVersion: machine.kubeletVersion,
    isForeign: machine.system === 'windows' && !isForWindows(pod),
    clock: cluster.clock,
    runtime,
    signal,
    credentials: () => pullCredentials({ cluster, pod }, container.spec.image ?? ''),
    process: async (variables) =>
      world.real &&
      (await processOf(world.real, container, {
        cluster,
        machine,
        pod,
        ip: state.ip ?? '',
        environment: variables,
        imageUser: (image) => runtime.imageUser(image, pod.metadata.uid),
      })),
    environment: ({ spec }) => environment(spec, context),
    async afterStart(id) {
      const { spec } = container
      const handler = spec.lifecycle?.postStart
      return handler && world.real && (await runHook(handler, hookTarget({ id, spec }, context, signal)))
    },
    event: (type, reason, message) => cluster.event(pod, { type, reason, message, from: 'kubelet' }),
  })
}

async function environment(
  container: ContainerState['spec'],
  { world, pod, machine, state }: ActionContext,
): Promise<Record<string, string>> {
  const { cluster } = world
  const { client } = cluster
  const { namespace = '' } = pod.metadata
  const live = cluster.informer(services)
  const inNamespace = pod.spec.enableServiceLinks === false ? [] : live.list(namespace)
  const kubernetes = live.get('default/kubernetes')
  return await resolveEnvironment({
    pod,
    container,
    podIp: state.ip ?? '',
    hostIp: machine.ip,
    allocatable: machine.allocatable,
    services: {
      ...world.real?.variables,
      ...serviceVariables([...(kubernetes ? [kubernetes] : []), ...inNamespace]),
    },
    configMap: (name) => client.get(configMaps, { namespace, name }).catch(absent),
    secret: (name) => client.get(secrets, { namespace, name }).catch(absent),
  })
}

// One that asks for less memory than it uses would be killed for it: it keeps what it has, and is tried again.
async function resize(container: ContainerState, { world, pod }: ActionContext): Promise<PodFact> {
  const { runtime, cluster } = world
  const { id = '', spec } = container
  const problem = await resizeFailure(container, runtime)
  if (problem === undefined) return { type: 'resized', name: spec.name }
  if (problem !== container.resizing?.problem) {
    const message = resizeText('Pod resize error', pod, problem)
    cluster.event(pod, { type: 'Warning', reason: 'ResizeError', message, from: 'kubelet' })
    cluster.log.debug('a container was not resized', { id, problem })
  }
  const retryAtMs = cluster.clock.now() + RETRY_MS
  return { type: 'failed', retryAtMs, resize: { name: spec.name, problem } }
}

async function resizeFailure(container: ContainerState, runtime: Runtime): Promise<string | undefined> {
  const { id = '', spec } = container
  try {
    const { memoryBytes } = await runtime.usage(id)
    const problem = shrinkProblem(container, memoryBytes)
    if (problem === undefined) await runtime.resize(id, containerResources(spec))
    return problem
  } catch (error) {
    if (error instanceof RuntimeError) return error.message
    throw error
  }
}

async function stop(
  { name, graceMs, why }: Extract<PodAction, { type: 'stopContainer' }>,
  context: ActionContext,
): Promise<PodFact> {
  const { world, pod } = context
  const { cluster, runtime } = world
  const { id = '', spec } = containerOf(context, name)
  const endsAtMs = cluster.clock.now() + graceMs
  const message = killText(name, why)
  cluster.event(pod, { type: 'Normal', reason: 'Killing', message, from: 'kubelet' })
  await beforeStop({ id, spec, graceMs }, context)
  try {
    // What is left of the time, and two seconds in any case (minimumGracePeriodInSeconds).
    const leftMs = Math.max(Math.min(graceMs, SHORTEST_GRACE_MS), endsAtMs - cluster.clock.now())
    await runtime.stopContainer(id, leftMs)
  } catch (error) {
    const text = messageOf(error)
    cluster.event(pod, { type: 'Warning', reason: 'FailedKillContainer', message: text, from: 'kubelet' })
    return { type: 'failed', retryAtMs: cluster.clock.now() + RETRY_MS }
  }
  return {
    type: 'exited',
    name,
    id,
    exit: await exitOf(runtime, { id, spec, now: () => cluster.clock.now() }),
  }
}

function killText(name: string, why: Extract<PodAction, { type: 'stopContainer' }>['why']): string {
  if (why === undefined) return `Stopping container ${name}`
  if (why === 'resize') return `Container ${name} resize requires restart`
  return `Container ${name} failed ${why} probe, will be restarted`
}

const SHORTEST_GRACE_MS = 2000

// A hook that is not done in the grace period is given up, and the container is told to end all the same.
async function beforeStop(
  { id, spec, graceMs }: { readonly id: string; readonly spec: Container; readonly graceMs: number },
  context: ActionContext,
): Promise<void> {
  const { world, pod } = context
  const handler = spec.lifecycle?.preStop
  // Nothing in a stand-in would do what a hook asks for, but for waiting.
  if (!handler || (!world.real && !handler.sleep)) return
  const limit = timeLimit(world.cluster.clock, graceMs)
  const failure = await runHook(handler, hookTarget({ id, spec }, context, limit.signal))
  limit.end()
  if (failure === undefined) return
  // What the hook has said may be a secret (pkg/kubelet/kuberuntime executePreStopHook).
  const message = 'PreStopHook failed'
  world.cluster.event(pod, { type: 'Warning', reason: 'FailedPreStopHook', message, from: 'kubelet' })
}

function hookTarget(
  { id, spec }: { readonly id: string; readonly spec: Container },
  { world, state }: ActionContext,
  signal: AbortSignal,
): HookTarget {
  const { cluster, dialer, runtime } = world
  return {
    container: spec,
    containerId: id,
    podIp: state.ip ?? '',
    clock: cluster.clock,
    dialer,
    runtime,
    signal,
  }
}

/**
 * How a container ended, once it has; a container that the runtime does not know has ended unseen. One that failed
 * without a word says the end of its log where its policy is FallbackToLogsOnError.
 */
export async function exitOf(
  runtime: Runtime,
  { id, spec, now }: { readonly id: string; readonly spec: Container; readonly now: () => number },
): Promise<ContainerExit> {
  const exit = await runtime.wait(id).catch((error: unknown) => {
    if (error instanceof RuntimeError && error.code === 'NotFound') return lostExit(now())
    throw error
  })
  const falls = spec.terminationMessagePolicy === 'FallbackToLogsOnError'
  if (exit.message !== undefined) return { ...exit, message: exit.message.slice(0, LAST_WORD_LIMIT) }
  if (!falls || exit.exitCode === 0) return exit
  const lines: string[] = []
  for await (const { text, isOpen } of runtime.logs(id, { tailLines: LOG_TAIL_LINES })) {
    lines.push(isOpen ? text : `${text}\n`)
  }
  return { ...exit, message: lines.join('').slice(-LOG_TAIL_LIMIT) }
}

// The kubelet's limits (pkg/kubelet/kuberuntime/kuberuntime_container.go, MaxContainerTerminationMessage…).
const LAST_WORD_LIMIT = 4096
const LOG_TAIL_LIMIT = 2048
const LOG_TAIL_LINES = 80

async function release(context: ActionContext): Promise<PodFact> {
  context.route(undefined)
  if (hasOwnAddress(context)) await context.world.addresses.release(context.pod.metadata.uid)
  return { type: 'released' }
}

async function deleteObject({ world, pod }: ActionContext): Promise<PodFact> {
  const { namespace = '', name, uid } = pod.metadata
  const options = { gracePeriodSeconds: 0, preconditions: { uid } }
  await world.cluster.client.delete(pods, { namespace, name }, options).catch(absent)
  return { type: 'gone' }
}

function hasOwnAddress({ pod, machine }: ActionContext): boolean {
  return !pod.spec.hostNetwork && !machine.podIpIsNodeIp
}

function containerOf({ state }: ActionContext, name: string): ContainerState {
  const found = everyContainer(state).find(({ spec }) => spec.name === name)
  // The plan names containers of the state that it was given.
  if (!found) throw new RuntimeError('NotFound', `container ${name} not found`)
  return found
}

function absent(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}
