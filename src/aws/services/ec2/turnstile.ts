// Owns waiting in line: work that must not overlap runs one after the other.

/** One after the other: what reads free addresses and then takes them must not overlap. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work)
    // The caller sees the rejection; the queue only has to go on.
    this.#last = next.catch(() => undefined)
    return next
  }
}
