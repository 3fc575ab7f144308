// Owns what the job controller is made of, and what it remembers of its own writes.
import type { Job, Pod } from '../../../generated/kubernetes.d.ts'
import type { ControllerContext, Informer, Source } from '../../reconcile/controller.ts'
import type { Expectations } from '../objects/expectations.ts'
import type { BackoffRecord } from './backoff.ts'
import { isTracked } from './job-pod.ts'

/** The component that events come from. */
export const FROM = 'job-controller'

export interface Parts {
  readonly context: ControllerContext
  readonly jobs: Informer<Job>
  readonly pods: Informer<Pod>
  readonly expectations: Expectations
  readonly memory: JobMemory
}

/** By the uid of jobs: what has been written and may not show yet. */
export class JobMemory {
  readonly #released = new Map<string, Set<string>>()
  readonly #backoff = new Map<string, BackoffRecord>()
  readonly #versions = new Map<string, bigint>()

  /** Pods whose finalizer was taken off, and which the informer may still show with it. */
  released(job: string): ReadonlySet<string> {
    return this.#released.get(job) ?? new Set()
  }

  /** To be called before the finalizer of a pod is taken off. */
  release(job: string, pod: string): void {
    const pods = this.#released.get(job) ?? new Set()
    this.#released.set(job, pods.add(pod))
  }

  /** The informer shows it, or it failed. */
  settle(job: string, pod: string): void {
    this.#released.get(job)?.delete(pod)
  }

  backoff(job: string): BackoffRecord | undefined {
    return this.#backoff.get(job)
  }

  setBackoff(job: string, record: BackoffRecord): void {
    this.#backoff.set(job, record)
  }

  /** Remembers the version that a status was written as. */
  wrote({ metadata }: Job): void {
    this.#versions.set(metadata.uid, BigInt(metadata.resourceVersion ?? '0'))
  }

  /** True for a view of a job from before the last write: counts in it are too low. */
  isOld({ metadata }: Job): boolean {
    return BigInt(metadata.resourceVersion ?? '0') < (this.#versions.get(metadata.uid) ?? 0n)
  }

  forget(job: string): void {
    for (const map of [this.#released, this.#backoff, this.#versions]) map.delete(job)
  }

  /** A source that wakes nobody, and settles what the informer of pods shows. */
  observing(pods: Informer<Pod>, jobOf: (pod: Pod) => string | undefined): Source {
    return {
      subscribe: () =>
        pods.onChange(({ before, after }) => {
          const pod = after ?? before
          const job = pod && jobOf(pod)
          if (pod && job !== undefined && (!after || !isTracked(after))) this.settle(job, pod.metadata.uid)
        }),
    }
  }
}
