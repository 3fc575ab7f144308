// Owns the encoding of an event once for all watches that want it in the same form.
import type { Clock } from '../../base/clock.ts'
import type { KubernetesObject, WatchEvent } from '../client/client.ts'

type Event = WatchEvent<KubernetesObject>

// An event reaches all watches in one turn: what is kept beyond that would be memory for nothing.
const MAXIMUM_KEPT = 2_000

// A write to each of many connections takes longer than the next change: then several changes make one write.
const WATCHES_PER_MS = 50
const LONGEST_REST_MS = 50

/** The frames of this turn's events, by object and form, and how many watches want them. */
export class WatchFrames {
  readonly #frames = new Map<KubernetesObject, Map<string, Uint8Array>>()
  #isClearing = false
  #open = 0
  #resting: Promise<void> | undefined
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts a watch in. @returns a function that counts it out, to be called once */
  enter(): () => void {
    this.#open += 1
    return () => {
      this.#open -= 1
    }
  }

  /** Resolves when a watch that has written may write again; undefined for at once, with fewer than fifty of them. */
  rest(): Promise<void> | undefined {
    const restMs = Math.min(Math.floor(this.#open / WATCHES_PER_MS), LONGEST_REST_MS)
    if (restMs === 0) return undefined
    // One timer for all: they go on in one turn, and share their frames again.
    this.#resting ??= new Promise((resolve) => {
      this.#clock.after(restMs, () => {
        this.#resting = undefined
        resolve()
      })
    })
    return this.#resting
  }

  /**
   * The bytes of an event.
   * @param form what of the encoding differs between watches: media type, whole object or metadata alone
   */
  frame(event: Event, form: string, encode: (event: Event) => string | Uint8Array): Uint8Array {
    const key = `${event.type} ${form}`
    let forms = this.#frames.get(event.object)
    const known = forms?.get(key)
    if (known) return known
    const bytes = bytesOf(encode(event))
    if (!forms && this.#frames.size < MAXIMUM_KEPT) {
      forms = new Map()
      this.#frames.set(event.object, forms)
      this.#clearSoon()
    }
    forms?.set(key, bytes)
    return bytes
  }

  #clearSoon(): void {
    if (this.#isClearing) return
    this.#isClearing = true
    setImmediate(() => {
      this.#isClearing = false
      this.#frames.clear()
    })
  }
}

/** Text as UTF-8, bytes as they are. */
export function bytesOf(frame: string | Uint8Array): Uint8Array {
  return typeof frame === 'string' ? Buffer.from(frame) : frame
}
