// Owns what was acknowledged: what each thing may be found as after a kill.

/** What a thing is found as; undefined where it is not there. */
export type Observed = string | undefined

/** The writes of one kind of thing. */
export class Ledger {
  readonly kind: string
  readonly #candidates = new Map<string, readonly Observed[]>()
  acknowledged = 0
  unanswered = 0

  constructor(kind: string) {
    this.kind = kind
  }

  /**
   * Sends a write that makes the thing what `next` says. Until it is answered the thing may be what it was or what it
   * becomes, and nothing in between.
   * @returns false when it was refused, or cut off by the kill.
   */
  async write(name: string, next: Observed, send: () => Promise<unknown>): Promise<boolean> {
    const before = this.#candidates.get(name) ?? [undefined]
    this.#candidates.set(name, [...before, next])
    try {
      await send()
    } catch {
      this.unanswered += 1
      return false
    }
    this.#candidates.set(name, [next])
    this.acknowledged += 1
    return true
  }

  /** What is wrong with what was found, in words; nothing when all is as it was acknowledged. */
  faults(found: ReadonlyMap<string, string>): readonly string[] {
    return [...this.#candidates].flatMap(([name, candidates]) => {
      const observed = found.get(name)
      if (candidates.includes(observed)) return []
      const expected = candidates.map((candidate) => candidate ?? 'absent').join(' or ')
      const fault = candidates.length === 1 ? 'was acknowledged as' : 'is half made, may be'
      return [`${this.kind} ${name} ${fault} ${expected}, and is found as ${observed ?? 'absent'}`]
    })
  }
}
