// Owns the life of one container of a pod: image, environment, start, probes, end, and starting again.
import type { Pod } from '../../generated/kubernetes.d.ts'
import { aborted } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { bytes, milliCores } from '../base/quantity.ts'
import { RuntimeError, type ContainerExit, type ContainerSpec, type Runtime } from '../runtime/runtime.ts'
import { CrashBackoff, goDuration } from './backoff.ts'
import { EnvironmentError, expand } from './environment.ts'
import { fullImageName } from './image.ts'
import { portNumber, type ProbeOutcome } from './probe.ts'
import { slept, watchProbe, type ProbeKind } from './prober.ts'
import type { TerminatedPhase, TrackedContainer } from './tracked-container.ts'

/** What a container needs of its pod. */
export interface ContainerHost {
  readonly pod: Pod
  readonly clock: Clock
  readonly runtime: Runtime
  environment(container: TrackedContainer): Promise<Record<string, string>>
  probe(
    container: TrackedContainer,
    probe: NonNullable<TrackedContainer['spec']['livenessProbe']>,
  ): Promise<ProbeOutcome>
  /** Something that the pod's status shows has changed. */
  changed(): void
  event(type: 'Normal' | 'Warning', reason: string, message: string, container: TrackedContainer): void
}

const GRACE_SECONDS = 30
/** How often what the kubelet retries by itself (images, references) is tried again. */
const RETRY_MS = 2000

/** Runs a container until it need not be started again, or until the signal aborts. */
export async function runContainer(
  tracked: TrackedContainer,
  host: ContainerHost,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new CrashBackoff()
  while (!signal.aborted) {
    if (tracked.phase.type !== 'running' && !(await tryStart(tracked, host, signal))) {
      if (!(await slept(host.clock, RETRY_MS, signal))) return
      continue
    }
    const exit = await superviseRun(tracked, host, signal)
    if (signal.aborted || !exit) return
    const phase = recordExit(tracked, exit)
    host.changed()
    if (!shouldRestart(tracked, host.pod, exit.exitCode)) return
    const ranMs = phase.finishedAtMs - phase.startedAtMs
    tracked.last = { phase, id: tracked.id ?? '' }
    const waitMs = backoff.next(ranMs)
    if (waitMs > 0 && !(await backOff(tracked, host, { waitMs, signal }))) return
    tracked.restarts++
  }
}

/** Whether a container that ended with this code is started again. */
export function shouldRestart(tracked: TrackedContainer, pod: Pod, exitCode: number): boolean {
  if (tracked.isSidecar) return true
  const policy = pod.spec.restartPolicy ?? 'Always'
  if (tracked.isInit) return exitCode !== 0 && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0)
}

async function tryStart(
  tracked: TrackedContainer,
  host: ContainerHost,
  signal: AbortSignal,
): Promise<boolean> {
  const { spec } = tracked
  const image = spec.image ?? ''
  // The same failure again is not news: it would only count the event up.
  const known = tracked.phase.type === 'waiting' ? tracked.phase.message : undefined
  const fail = (reason: string, message: string, event: { reason: string; text: string }): boolean => {
    if (message !== known) host.event('Warning', event.reason, event.text, tracked)
    tracked.phase = { type: 'waiting', reason, message }
    host.changed()
    return false
  }
  if (!fullImageName(image)) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`
    return fail('InvalidImageName', message, { reason: 'InspectFailed', text: message })
  }
  if (!(await pullImage(tracked, host, fail))) return false
  try {
    const environment = await host.environment(tracked)
    if (signal.aborted) return false
    const id = await host.runtime.startContainer(containerSpec(tracked, host.pod, environment))
    tracked.id = id
  } catch (error) {
    const isConfig = error instanceof EnvironmentError
    const text = `Error: ${messageOf(error)}`
    const reason = isConfig ? 'CreateContainerConfigError' : 'RunContainerError'
    return fail(reason, messageOf(error), { reason: 'Failed', text })
  }
  tracked.phase = { type: 'running', startedAtMs: host.clock.now() }
  host.event('Normal', 'Created', `Created container: ${spec.name}`, tracked)
  host.event('Normal', 'Started', `Started container ${spec.name}`, tracked)
  return true
}

async function pullImage(
  tracked: TrackedContainer,
  host: ContainerHost,
  fail: (reason: string, message: string, event: { reason: string; text: string }) => boolean,
): Promise<boolean> {
  const image = tracked.spec.image ?? ''
  // An image that this container ran before is there: the kubelet does not announce it again.
  const isFirst = tracked.imageId === ''
  const startMs = host.clock.now()
  if (isFirst) host.event('Normal', 'Pulling', `Pulling image "${image}"`, tracked)
  try {
    tracked.imageId = await host.runtime.ensureImage(image)
  } catch (error) {
    const message = `Failed to pull image "${image}": ${messageOf(error)}`
    const isMissing = error instanceof RuntimeError && error.code === 'ImageNotFound'
    return fail(isMissing ? 'ErrImagePull' : 'ImageInspectError', message, {
      reason: 'Failed',
      text: message,
    })
  }
  const took = `${host.clock.now() - startMs}ms`
  const message = isFirst
    ? `Successfully pulled image "${image}" in ${took} (${took} including waiting)`
    : `Container image "${image}" already present on machine`
  host.event('Normal', 'Pulled', message, tracked)
  return true
}

function containerSpec(
  tracked: TrackedContainer,
  pod: Pod,
  env: Readonly<Record<string, string>>,
): ContainerSpec {
  const { spec } = tracked
  const { limits } = spec.resources ?? {}
  const words = (list: readonly string[] | undefined): string[] =>
    (list ?? []).map((word) => expand(word, env))
  const isOnce = tracked.isInit ? !tracked.isSidecar : (pod.spec.restartPolicy ?? 'Always') !== 'Always'
  return {
    sandboxId: pod.metadata.uid,
    name: spec.name,
    image: spec.image ?? '',
    command: words(spec.command),
    args: words(spec.args),
    env,
    ports: openPorts(tracked),
    limits: {
      ...(limits?.cpu !== undefined && { cpuMilli: milliCores(limits.cpu) }),
      ...(limits?.memory !== undefined && { memoryBytes: bytes(limits.memory) }),
    },
    attempt: tracked.restarts,
    ...(isOnce && { isExpectedToEnd: true }),
  }
}

// Declared ports are informational (API reference, ContainerPort): a port that a probe names is open as surely.
function openPorts({ spec }: TrackedContainer): ContainerSpec['ports'] {
  const declared = (spec.ports ?? []).map(({ containerPort, protocol = 'TCP', name }) => ({
    port: containerPort,
    protocol,
    ...(name !== undefined && { name }),
  }))
  const probes = [spec.startupProbe, spec.readinessProbe, spec.livenessProbe]
  const probed = probes.flatMap((probe) => {
    const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port
    const number = port === undefined ? undefined : portNumber(port, spec)
    return number === undefined ? [] : [number]
  })
  const missing = [...new Set(probed)].filter((port) => !declared.some((one) => one.port === port))
  return [...declared, ...missing.map((port) => ({ port, protocol: 'TCP' as const }))]
}

/** Watches a running container. @returns how it ended; undefined when the signal aborted first. */
async function superviseRun(
  tracked: TrackedContainer,
  host: ContainerHost,
  signal: AbortSignal,
): Promise<ContainerExit | undefined> {
  const { spec, id = '' } = tracked
  const run = new AbortController()
  const ended = AbortSignal.any([signal, run.signal])
  const watch = (kind: ProbeKind, probe: typeof spec.livenessProbe): void => {
    if (probe) void watchProbe(kind, probe, proberOptions(tracked, host, { signal: ended, onStarted: begin }))
  }
  const begin = (): void => {
    tracked.isStarted = true
    watch('readiness', spec.readinessProbe)
    watch('liveness', spec.livenessProbe)
    if (!spec.readinessProbe) tracked.isProbedReady = true
    host.changed()
  }
  if (spec.startupProbe && !tracked.isStarted) watch('startup', spec.startupProbe)
  else begin()
  try {
    // The signal may have aborted while the container started.
    return await Promise.race([host.runtime.wait(id), aborted(ended).then(() => undefined)])
  } finally {
    run.abort()
  }
}

function proberOptions(
  tracked: TrackedContainer,
  host: ContainerHost,
  { signal, onStarted }: { signal: AbortSignal; onStarted: () => void },
): Parameters<typeof watchProbe>[2] {
  const { spec } = tracked
  const startedAtMs = tracked.phase.type === 'running' ? tracked.phase.startedAtMs : host.clock.now()
  return {
    clock: host.clock,
    signal,
    startedAtMs,
    run: (probe) => host.probe(tracked, probe),
    onTrouble(kind, { result, message }) {
      const title = `${kind[0]?.toUpperCase()}${kind.slice(1)} probe`
      const text =
        result === 'failure'
          ? `${title} failed: ${message}`
          : `${title} errored and resulted in unknown state: ${message}`
      host.event('Warning', 'Unhealthy', text, tracked)
    },
    onVerdict(kind, isSuccess) {
      if (kind === 'readiness') {
        tracked.isProbedReady = isSuccess
        return host.changed()
      }
      if (isSuccess) return kind === 'startup' ? onStarted() : undefined
      const text = `Container ${spec.name} failed ${kind} probe, will be restarted`
      host.event('Normal', 'Killing', text, tracked)
      const grace = host.pod.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS
      void host.runtime.stopContainer(tracked.id ?? '', grace * 1000).catch((error: unknown) => {
        host.event('Warning', 'FailedKillContainer', messageOf(error), tracked)
      })
    },
  }
}

function recordExit(tracked: TrackedContainer, exit: ContainerExit): TerminatedPhase {
  const startedAtMs = tracked.phase.type === 'running' ? tracked.phase.startedAtMs : exit.finishedAtMs
  const phase: TerminatedPhase = { type: 'terminated', ...exit, startedAtMs }
  tracked.phase = phase
  tracked.isStarted = false
  tracked.isProbedReady = false
  return phase
}

async function backOff(
  tracked: TrackedContainer,
  host: ContainerHost,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
): Promise<boolean> {
  const { name, namespace, uid } = host.pod.metadata
  const { spec } = tracked
  const pod = `${name}_${namespace}(${uid})`
  const message = `back-off ${goDuration(waitMs)} restarting failed container=${spec.name} pod=${pod}`
  tracked.phase = { type: 'waiting', reason: 'CrashLoopBackOff', message }
  host.event('Warning', 'BackOff', `Back-off restarting failed container ${spec.name} in pod ${pod}`, tracked)
  host.changed()
  return await slept(host.clock, waitMs, signal)
}
