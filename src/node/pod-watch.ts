// Owns watching one thing about one run of a container: its end, or what a probe finds.
import type { Container, Pod, Probe } from '../../generated/kubernetes.d.ts'
import { exitOf, type PodWorld } from './pod-actions.ts'
import type { Watch } from './pod-plan.ts'
import { everyContainer, podId, type PodFact, type PodState } from './pod-state.ts'
import type { Machine } from './ports.ts'
import { runProbe } from './probe.ts'
import type { ProbeOutcome } from './probe-outcome.ts'
import { slept, watchProbe, type ProbeKind } from './prober.ts'

export interface WatchContext {
  readonly world: PodWorld
  readonly machine: Machine
  /** Aborts when the watch is of no interest any more. */
  readonly signal: AbortSignal
  /** The pod and what is known of it, as of now. */
  readonly pod: () => Pod
  readonly state: () => PodState
  readonly note: (fact: PodFact) => void
}

const RETRY_MS = 1000
const PROBES = { startup: 'startupProbe', readiness: 'readinessProbe', liveness: 'livenessProbe' } as const

/** Watches until the signal aborts or the matter is decided. Never rejects: what goes wrong is tried again. */
export async function watchContainer(watch: Watch, context: WatchContext): Promise<void> {
  const { world, signal, pod } = context
  const { clock, log } = world.cluster
  do {
    try {
      if (watch.type === 'exit') return await watchExit(watch, context)
      return await probeContainer(watch, watch.type, context)
    } catch (error) {
      log.warn(`${watch.type} of container ${watch.name} in pod ${podId(pod())} not watched`, { error })
    }
  } while (await slept(clock, RETRY_MS, signal))
}

async function watchExit({ name, id }: Watch, { world, state, note }: WatchContext): Promise<void> {
  const { cluster, runtime } = world
  const container = everyContainer(state()).find(({ spec }) => spec.name === name)
  if (!container) return
  const exit = await exitOf(runtime, { id, spec: container.spec, now: () => cluster.clock.now() })
  note({ type: 'exited', name, id, exit })
}

async function probeContainer({ name, id }: Watch, kind: ProbeKind, context: WatchContext): Promise<void> {
  const { world, signal, state, pod, note } = context
  const { clock } = world.cluster
  const container = everyContainer(state()).find(({ spec }) => spec.name === name)
  const probe = container?.spec[PROBES[kind]]
  if (!container || !probe) return
  const { phase, spec } = container
  await watchProbe(kind, probe, {
    clock,
    signal,
    startedAtMs: phase.type === 'running' ? phase.startedAtMs : clock.now(),
    run: () => probeOnce(probe, { container: spec, containerId: id }, context),
    onVerdict: (_, isSuccess) => note({ type: 'probed', name, id, kind, isSuccess }),
    onTrouble: (_, outcome) => {
      const message = troubleText(kind, outcome)
      world.cluster.event(pod(), { type: 'Warning', reason: 'Unhealthy', message, from: 'kubelet' })
    },
  })
}

async function probeOnce(
  probe: Probe,
  of: { readonly container: Container; readonly containerId: string },
  { world, machine, state }: WatchContext,
): Promise<ProbeOutcome> {
  return await runProbe(probe, {
    ...of,
    podIp: state().ip ?? '',
    clock: world.cluster.clock,
    dialer: world.dialer,
    runtime: world.runtime,
    kubeletVersion: /^v(\d+\.\d+)/.exec(machine.kubeletVersion)?.[1] ?? '',
  })
}

// Texts of pkg/kubelet/prober.
function troubleText(kind: ProbeKind, { result, message }: ProbeOutcome): string {
  const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)} probe`
  return result === 'failure'
    ? `${title} failed: ${message}`
    : `${title} errored and resulted in unknown state: ${message}`
}
