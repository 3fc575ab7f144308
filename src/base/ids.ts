// Owns randomness: identifiers in the shapes that AWS and Kubernetes give them.
import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** Source of identifiers; injected so that tests can make them predictable. */
export interface Ids {
  /** RFC 4122 version 4. */
  uuid(): string
  /** `length` lower-case hexadecimal digits. */
  hex(length: number): string
  /** `length` characters of the alphabet that Kubernetes uses for generated names. */
  suffix(length: number): string
  /** `length` upper-case letters and digits, as in `AKIA…` and CloudFormation physical ids. */
  upper(length: number): string
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number
}

// apimachinery util/rand: no vowels and no digits that look like them, so that no word appears by chance.
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const UPPER_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function pick(alphabet: string, length: number, below: (n: number) => number): string {
  return Array.from({ length }, () => alphabet[below(alphabet.length)]).join('')
}

export const randomIds: Ids = {
  uuid: () => randomUUID(),
  hex: (length) =>
    randomBytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length),
  suffix: (length) => pick(SAFE_ALPHABET, length, (n) => randomInt(n)),
  upper: (length) => pick(UPPER_ALPHABET, length, (n) => randomInt(n)),
  below: (below) => randomInt(below),
}

/** Identifiers that count up from 1: the same program gives the same names every time. */
export function sequentialIds(): Ids {
  let count = 0
  const padded = (length: number): string => (++count).toString(16).padStart(length, '0').slice(-length)
  return {
    uuid: () => `00000000-0000-4000-8000-${padded(12)}`,
    hex: (length) => padded(length),
    suffix: (length) => {
      const digits = Array.from(
        (++count).toString(SAFE_ALPHABET.length),
        (d) => SAFE_ALPHABET[parseInt(d, 27)],
      )
      return digits.join('').padStart(length, 'b').slice(-length)
    },
    upper: (length) => padded(length).toUpperCase(),
    below: (below) => ++count % below,
  }
}
