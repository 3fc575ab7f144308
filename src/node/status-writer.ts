// Owns writing the status of one pod: changes that come together become one write, in order, until it is in.
import type { Pod, PodStatus } from '../../generated/kubernetes.d.ts'
import { ABORTED } from '../base/abort.ts'
import { isConflict, isNotFound } from '../base/errors.ts'
import { deepEqual } from '../base/json.ts'
import { pods } from '../kubernetes/client/resources.ts'
import type { ControllerContext } from '../reconcile/controller.ts'

const RETRY_MS = 1000
/** How long a state that is about to change may stay unwritten: nobody notices, and it saves two writes of five a pod. */
const PASSING_MS = 200

/** Writes what `compute` says about the newest version of the pod whenever `schedule` was called. */
export class StatusWriter {
  readonly #cluster: ControllerContext
  readonly #key: { readonly namespace: string; readonly name: string }
  readonly #uid: string
  readonly #compute: (pod: Pod) => PodStatus
  #newest: Pod
  #isDirty = false
  #isPassing = false
  /** Ends the wait for what comes after a passing state. */
  #hurry = new AbortController()
  #isClosed = false
  /** No more retries: the agent is stopping. */
  #isLast = false
  #writing: Promise<void> | undefined

  constructor(cluster: ControllerContext, pod: Pod, compute: (pod: Pod) => PodStatus) {
    this.#cluster = cluster
    this.#key = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name }
    this.#uid = pod.metadata.uid
    this.#newest = pod
    this.#compute = compute
  }

  /** Takes note of a version that the API delivered. */
  observe(pod: Pod): void {
    this.#newest = pod
  }

  /**
   * Writes soon; never throws.
   * @param isPassing what there is now is about to change: it is written with the change when that comes at once
   */
  schedule(isPassing = false): void {
    this.#isDirty = true
    this.#isPassing = isPassing
    if (!isPassing) this.#hurry.abort(ABORTED)
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined
      // What was asked for between the last look and now would wait for the next change otherwise.
      if (this.#isDirty && !this.#isClosed && !this.#isLast) this.schedule(this.#isPassing)
    })
  }

  /** Resolves once everything scheduled so far is written, the pod has gone, or the API refused once more. */
  async flush(): Promise<void> {
    this.#isLast = true
    this.#hurry.abort(ABORTED)
    await this.#writing
  }

  /** Nothing is written after this. */
  close(): void {
    this.#isClosed = true
    this.#hurry.abort(ABORTED)
  }

  async #drain(): Promise<void> {
    // One turn of the event loop lets everything that changes together be written together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#isDirty && !this.#isClosed) {
      await this.#untilItLasts()
      if (this.#isClosed) return
      this.#isDirty = false
      try {
        await this.#write()
      } catch (error) {
        if (isNotFound(error)) return this.close()
        this.#isDirty = true
        if (isConflict(error)) {
          await this.#refresh()
        } else {
          if (this.#isLast) return
          this.#cluster.log.warn('pod status not written', { pod: this.#key, error })
          await this.#cluster.clock.sleep(RETRY_MS)
        }
      }
    }
  }

  async #untilItLasts(): Promise<void> {
    if (!this.#isPassing || this.#isLast) return
    this.#hurry = new AbortController()
    await this.#cluster.clock.sleep(PASSING_MS, this.#hurry.signal).catch(() => undefined)
    this.#isPassing = false
  }

  async #write(): Promise<void> {
    const status = this.#compute(this.#newest)
    if (deepEqual(status, this.#newest.status)) return
    this.#newest = await this.#cluster.client.updateStatus(pods, { ...this.#newest, status })
  }

  async #refresh(): Promise<void> {
    try {
      const pod = await this.#cluster.client.get(pods, this.#key)
      // A pod of the same name that came after ours is somebody else's.
      if (pod.metadata.uid !== this.#uid) return this.close()
      this.#newest = pod
    } catch (error) {
      if (isNotFound(error)) this.close()
    }
  }
}
