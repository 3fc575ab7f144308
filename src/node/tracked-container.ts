// Owns what the agent knows of one container of a pod, from waiting to terminated, across its restarts.
import type { Container, ContainerStatus } from '../../generated/kubernetes.d.ts'
import { formatTimestamp } from '../base/clock.ts'
import { fullImageName } from './image.ts'

export type ContainerPhase =
  | { readonly type: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly type: 'running'; readonly startedAtMs: number }
  | {
      readonly type: 'terminated'
      readonly exitCode: number
      readonly reason: string
      readonly startedAtMs: number
      readonly finishedAtMs: number
    }

export type TerminatedPhase = Extract<ContainerPhase, { type: 'terminated' }>

/** One container of a pod; the pod's worker changes it, everything else reads. */
export class TrackedContainer {
  readonly spec: Container
  /** Init containers come before the others; sidecars are init containers with restart policy Always. */
  readonly isInit: boolean
  phase: ContainerPhase = { type: 'waiting', reason: 'ContainerCreating' }
  last: { readonly phase: TerminatedPhase; readonly id: string } | undefined
  /** The runtime's id; undefined before the first start. */
  id: string | undefined
  imageId = ''
  restarts = 0
  /** The startup probe has succeeded, or there is none and it runs. */
  isStarted = false
  /** The readiness probe says so, or there is none and it runs. */
  isProbedReady = false

  constructor(spec: Container, isInit: boolean) {
    this.spec = spec
    this.isInit = isInit
  }

  get isSidecar(): boolean {
    return this.isInit && this.spec.restartPolicy === 'Always'
  }

  get isReady(): boolean {
    if (this.isInit && !this.isSidecar) return this.phase.type === 'terminated' && this.phase.exitCode === 0
    return this.phase.type === 'running' && this.isStarted && this.isProbedReady
  }

  /** As `status.containerStatuses[]` shows it. */
  toStatus(): ContainerStatus {
    const isContainerd = this.id !== undefined
    return {
      name: this.spec.name,
      state: this.#state(),
      lastState: this.last ? terminatedState(this.last.phase, this.last.id) : {},
      ready: this.isReady,
      restartCount: this.restarts,
      image: (isContainerd && fullImageName(this.spec.image ?? '')) || (this.spec.image ?? ''),
      imageID: this.imageId,
      ...(isContainerd && { containerID: `containerd://${this.id}` }),
      started: this.phase.type === 'running' && this.isStarted,
    }
  }

  /** Takes over what the API knows of the container from before a restart of Neargate. */
  restore(status: ContainerStatus): void {
    this.restarts = status.restartCount
    this.imageId = status.imageID
    this.id = status.containerID?.replace(/^[a-z-]+:\/\//, '')
    const ended = status.state?.terminated ?? status.lastState?.terminated
    const endedId = (ended?.containerID ?? status.containerID ?? '').replace(/^[a-z-]+:\/\//, '')
    if (!ended) return
    const phase: TerminatedPhase = {
      type: 'terminated',
      exitCode: ended.exitCode,
      reason: ended.reason ?? 'Error',
      startedAtMs: Date.parse(ended.startedAt ?? '') || 0,
      finishedAtMs: Date.parse(ended.finishedAt ?? '') || 0,
    }
    if (status.state?.terminated) this.phase = phase
    else this.last = { phase, id: endedId }
  }

  #state(): NonNullable<ContainerStatus['state']> {
    const { phase } = this
    if (phase.type === 'running') return { running: { startedAt: formatTimestamp(phase.startedAtMs) } }
    if (phase.type === 'terminated') return terminatedState(phase, this.id ?? '')
    return {
      waiting: { reason: phase.reason, ...(phase.message !== undefined && { message: phase.message }) },
    }
  }
}

function terminatedState(phase: TerminatedPhase, id: string): NonNullable<ContainerStatus['state']> {
  return {
    terminated: {
      exitCode: phase.exitCode,
      reason: phase.reason,
      startedAt: formatTimestamp(phase.startedAtMs),
      finishedAt: formatTimestamp(phase.finishedAtMs),
      containerID: `containerd://${id}`,
    },
  }
}
