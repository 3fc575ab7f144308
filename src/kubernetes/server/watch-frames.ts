// Owns the encoding of an event once for all watches that want it in the same form.
import type { Clock } from '../../base/clock.ts'
import type { KubernetesObject, WatchEvent } from '../client/client.ts'

type Event = WatchEvent<KubernetesObject>

// An event reaches all watches in one turn: what is kept beyond that would be memory for nothing.
const MAXIMUM_KEPT = 2_000

// Of a round's time. Half as many rounds as with a rest as long as the round: of 500 watches each event then takes a
// quarter less CPU, and 300 creates beside them two thirds of the time.
const REST_FACTOR = 2
// However many there are to write to, what happens is told after so long.
const LONGEST_REST_MS = 100

/** The frames of this turn's events, by object and form, and the rounds in which they are written. */
export class WatchFrames {
  readonly #frames = new Map<KubernetesObject, Map<string, Uint8Array>>()
  #chunk: { readonly frames: readonly Uint8Array[]; readonly bytes: Uint8Array } | undefined
  #isClearing = false
  #round: Promise<void> | undefined
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Resolves when a watch that has written may write again. A round of writes, to all watches that have something to
   * tell in one turn, is followed by a rest twice as long as it took: what comes together meanwhile makes one write to
   * each connection instead of several, and watches take no more than a third of the process.
   */
  rest(): Promise<void> {
    this.#round ??= this.#endOfRound()
    return this.#round
  }

  async #endOfRound(): Promise<void> {
    const startMs = this.#clock.now()
    await new Promise((resolve) => setImmediate(resolve))
    const restMs = Math.min((this.#clock.now() - startMs) * REST_FACTOR, LONGEST_REST_MS)
    if (restMs > 0) await new Promise<void>((resolve) => void this.#clock.after(restMs, resolve))
    this.#round = undefined
  }

  /** Frames as one chunk: the same bytes for all watches that want the same frames. */
  joined(frames: readonly Uint8Array[]): Uint8Array {
    const [first] = frames
    if (first && frames.length === 1) return first
    const known = this.#chunk
    if (known?.frames.length === frames.length && known.frames.every((frame, at) => frame === frames[at])) {
      return known.bytes
    }
    const bytes = Buffer.concat(frames)
    this.#chunk = { frames, bytes }
    this.#clearSoon()
    return bytes
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
      this.#chunk = undefined
    })
  }
}

/** Text as UTF-8, bytes as they are. */
export function bytesOf(frame: string | Uint8Array): Uint8Array {
  return typeof frame === 'string' ? Buffer.from(frame) : frame
}
