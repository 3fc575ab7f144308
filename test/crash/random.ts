// Owns chance that can be had again: the same seed gives the same draws.

/** Numbers from 0 (inclusive) to 1 (exclusive); mulberry32, public domain. */
export type Random = () => number

/** A source of draws from a seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
