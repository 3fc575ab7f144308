// Owns the order in which requests are served: in turn by who sends them, so that nobody waits for another's flood.
// Source of what clients see: apiserver pkg/util/flowcontrol and the default flow schemas (fair queuing by user).
import { StatusError } from '../../base/errors.ts'

// kube-apiserver --max-requests-inflight and --max-mutating-requests-inflight, together.
const SEATS = 600
/** How long requests are begun before connections are looked at again, in ms. */
const TURN_MS = 5

/** A flow: its tasks wait in one line, so many of them at most. */
interface Line {
  readonly key: string
  readonly maximumWaiting: number
}

/** Begins a task; everything that it does without waiting is done when this returns. */
type Begin = () => void

/** Serves at once while there is nothing to wait for, and flow by flow otherwise. */
export class FairQueue {
  readonly #now: () => number
  // The flow whose turn is next comes first.
  readonly #flows = new Map<string, Begin[]>()
  #active = 0
  #isTurnTaken = false

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Runs a task when its flow's turn has come.
   * @throws StatusError TooManyRequests when too many tasks of the flow wait already.
   */
  async run<T>(flow: Line, task: () => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>()
    const begin = (): void => {
      this.#active += 1
      const done = task().finally(() => this.#end())
      resolve(done)
    }
    if (this.#isTurnTaken || this.#active >= SEATS) this.#enqueue(flow, begin)
    else {
      this.#takeTurn()
      begin()
    }
    return await promise
  }

  #end(): void {
    this.#active -= 1
    if (this.#flows.size > 0) this.#takeTurn()
  }

  #enqueue({ key, maximumWaiting }: Line, begin: Begin): void {
    const line = this.#flows.get(key) ?? []
    if (line.length >= maximumWaiting) {
      throw new StatusError('TooManyRequests', 'Too many requests, please try again later.', {
        retryAfterSeconds: 1,
      })
    }
    line.push(begin)
    this.#flows.set(key, line)
  }

  // What arrives together is begun in turn: a task may keep the process busy from its beginning to its end.
  #takeTurn(): void {
    if (this.#isTurnTaken) return
    this.#isTurnTaken = true
    setImmediate(() => this.#serveTurn())
  }

  #serveTurn(): void {
    const endMs = this.#now() + TURN_MS
    while (this.#flows.size > 0 && this.#active < SEATS && this.#now() < endMs) this.#beginNext()
    this.#isTurnTaken = false
    if (this.#flows.size > 0 && this.#active < SEATS) this.#takeTurn()
  }

  #beginNext(): void {
    const [next] = this.#flows
    if (!next) return
    const [flow, line] = next
    this.#flows.delete(flow)
    const begin = line.shift()
    if (line.length > 0) this.#flows.set(flow, line)
    begin?.()
  }
}
