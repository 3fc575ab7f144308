// Owns the start of a container: its image, its environment, its ports, and the kubelet's words about each.
import type { Pod } from '../../generated/kubernetes.d.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { minorOf } from '../rules/eks/version-skew.ts'
import type { RegistryCredential } from '../rules/kubernetes/registry-keys.ts'
import { RuntimeError, type ContainerSpec, type ProcessSpec, type Runtime } from '../runtime/runtime.ts'
import { restartPolicyOf } from '../rules/kubernetes/container-restart.ts'
import type { ContainerState } from './container-state.ts'
import { EnvironmentError, expand } from './environment.ts'
import { pulledImage } from './image-pull.ts'
import { StartFault } from './start-fault.ts'
import { podGraceMs } from './pod-plan.ts'
import { podId, type PodFact } from './pod-state.ts'
import { portNumber } from './probe.ts'
import { containerResources } from './resize.ts'

export interface ContainerStart {
  readonly pod: Pod
  readonly container: ContainerState
  /** Ports that Services name, to be open beside the declared ones; undefined when another container opens them. */
  readonly servicePorts: readonly number[] | undefined
  /** `v1.35.0-eks-…` */
  readonly kubeletVersion: string
  readonly clock: Clock
  readonly runtime: Runtime
  /** The images are of another system than the node's. */
  readonly isForeign?: boolean
  /** Aborts when the container is no longer wanted; a start that cannot be called back goes on. */
  readonly signal: AbortSignal
  /** Keys to the registry of its image. */
  credentials(): Promise<readonly RegistryCredential[]>
  /** How its process runs; undefined where none does. */
  process(environment: Readonly<Record<string, string>>): Promise<ProcessSpec | undefined>
  /** Runs its postStart hook. @returns why it failed */
  readonly afterStart: (id: string) => Promise<string | undefined>
  /** @throws EnvironmentError when a reference points nowhere. */
  environment(container: ContainerState): Promise<Record<string, string>>
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string) => void
}

/** How often what the kubelet retries by itself (images, references) is tried again. */
const RETRY_MS = 2000
/** How containerd says that a process could not be started (internal/cri/server/container_start.go). */
const START_ERROR = 'StartError'
const START_ERROR_CODE = 128

/** Starts a container once. Never throws: what goes wrong is a fact that says when to try again. */
export async function startContainer(start: ContainerStart): Promise<PodFact> {
  const { container, clock, signal } = start
  const { name } = container.spec
  let { imageId } = container
  let hasImage = false
  try {
    imageId = await pulledImage(start)
    hasImage = true
    if (signal.aborted) return { type: 'failed', retryAtMs: clock.now() }
    const id = await launched(start)
    const { created, started } = startTexts(name, start.kubeletVersion)
    start.event('Normal', 'Created', created)
    start.event('Normal', 'Started', started)
    await hooked(start, id)
    const exposed = start.servicePorts && { exposed: start.servicePorts }
    return { type: 'started', name, id, imageId, startedAtMs: clock.now(), ...exposed }
  } catch (error) {
    if (!(error instanceof StartFault)) throw error
    const { reason, message, event, pull, containerId } = error
    if (containerId !== undefined) {
      start.event('Warning', event.reason, event.text)
      const run = { type: 'startFailed', name, id: containerId, imageId } as const
      if (error.exit) return { ...run, exit: error.exit, waiting: { reason, message } }
      const exit = { exitCode: START_ERROR_CODE, reason: START_ERROR, finishedAtMs: clock.now(), message }
      return { ...run, exit }
    }
    // The same failure again is not news: it would only count the event up.
    const known = container.phase.type === 'waiting' ? container.phase.message : undefined
    if (message !== known) {
      start.event(event.type ?? 'Warning', event.reason, event.text)
      // pkg/kubelet/kuberuntime/kuberuntime_container.go says it again in one word.
      if (!hasImage) start.event('Warning', 'Failed', `Error: ${reason}`)
    }
    const nextMs = clock.now() + RETRY_MS
    // Until then there is nothing new to say.
    const retryAtMs = reason === 'ImagePullBackOff' && pull ? Math.max(nextMs, pull.untilMs) : nextMs
    return { type: 'notStarted', name, reason, message, imageId, retryAtMs, ...(pull && { pull }) }
  }
}

// A container whose hook fails is ended, and started again as one that has run (pkg/kubelet/kuberuntime startContainer).
async function hooked(
  { afterStart, runtime, container, pod, event }: ContainerStart,
  id: string,
): Promise<void> {
  const failure = await afterStart(id)
  if (failure === undefined) return
  event('Normal', 'Killing', 'FailedPostStartHook')
  await runtime.stopContainer(id, podGraceMs(pod))
  const exit = await runtime.wait(id)
  const message = hookText(container.spec, pod, failure)
  // What the hook has said is for those alone who may read the pod.
  const told = { reason: 'FailedPostStartHook', text: 'PostStartHook failed' }
  throw new StartFault('PostStartHookError', message, { ...told, containerId: id, exit })
}

// pkg/kubelet/lifecycle/handlers.go
function hookText({ name, lifecycle }: ContainerState['spec'], pod: Pod, failure: string): string {
  const { exec, httpGet, sleep } = lifecycle?.postStart ?? {}
  const hook = exec
    ? `Exec lifecycle hook ([${exec.command?.join(' ') ?? ''}])`
    : httpGet
      ? `HTTP lifecycle hook (${httpGet.path ?? ''})`
      : `Sleep lifecycle hook (${sleep?.seconds ?? 0})`
  return `${hook} for Container "${name}" in Pod "${podId(pod)}" failed - error: ${failure}`
}

// The kubelet of 1.35 says less than those before it.
function startTexts(name: string, kubeletVersion: string): { created: string; started: string } {
  return minorOf(kubeletVersion) >= 35
    ? { created: 'Container created', started: 'Container started' }
    : { created: `Created container: ${name}`, started: `Started container ${name}` }
}

async function launched(start: ContainerStart): Promise<string> {
  try {
    const environment = await start.environment(start.container)
    const process = await start.process(environment)
    const spec = containerSpec(start, environment)
    return await start.runtime.startContainer({ ...spec, ...(process && { process }) })
  } catch (error) {
    const reason = error instanceof EnvironmentError ? 'CreateContainerConfigError' : 'RunContainerError'
    const message = messageOf(error)
    const containerId = error instanceof RuntimeError ? error.containerId : undefined
    throw new StartFault(reason, message, { reason: 'Failed', text: `Error: ${message}`, containerId })
  }
}

function containerSpec(
  { pod, container, servicePorts }: ContainerStart,
  env: Readonly<Record<string, string>>,
): ContainerSpec {
  const { spec, isInit, isEphemeral } = container
  const words = (list: readonly string[] | undefined): string[] =>
    (list ?? []).map((word) => expand(word, env))
  const isSidecar = isInit && spec.restartPolicy === 'Always'
  const isOnce = isEphemeral ?? (isInit ? !isSidecar : restartPolicyOf(spec, pod.spec) !== 'Always')
  return {
    sandboxId: pod.metadata.uid,
    name: spec.name,
    image: spec.image ?? '',
    command: words(spec.command),
    args: words(spec.args),
    env,
    ports: openPorts(container, servicePorts ?? []),
    limits: containerResources(spec).limits,
    attempt: container.restarts + (container.last ? 1 : 0),
    ...(isOnce && { isExpectedToEnd: true }),
    ...(isOnce && (isInit || isOfJob(pod)) && { isTask: true }),
    terminationMessagePath: spec.terminationMessagePath ?? '/dev/termination-log',
  }
}

function isOfJob({ metadata }: Pod): boolean {
  return metadata.ownerReferences?.some(({ kind, controller }) => kind === 'Job' && controller) ?? false
}

// Declared ports are informational (API reference, ContainerPort): a port that a probe or a Service names is open as
// surely.
function openPorts({ spec }: ContainerState, servicePorts: readonly number[]): ContainerSpec['ports'] {
  const declared = (spec.ports ?? []).map(({ containerPort, protocol = 'TCP', name }) => ({
    port: containerPort,
    protocol,
    ...(name !== undefined && { name }),
  }))
  const probes = [spec.startupProbe, spec.readinessProbe, spec.livenessProbe]
  const probed = probes.flatMap((probe) => {
    const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port
    const number = port === undefined ? undefined : portNumber(port, spec)
    return number === undefined ? [] : [number]
  })
  const missing = [...new Set([...probed, ...servicePorts])].filter(
    (port) => !declared.some((one) => one.port === port),
  )
  return [...declared, ...missing.map((port) => ({ port, protocol: 'TCP' as const }))]
}
