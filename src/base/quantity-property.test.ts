// Random quantities against arithmetic with fractions of BigInt. FUZZ_SEED=n repeats another run.
import { expect, it } from 'vitest'

import { seededRandom } from '../kubernetes/schema/testing/sample.ts'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  subtractQuantities,
} from './canonical-quantity.ts'
import { bytes, parseMilli, parseUnits } from './quantity.ts'

const ROUNDS = 2_000
const SEED = Number(process.env['FUZZ_SEED'] ?? 20261127)
const NANO = 10n ** 9n

// Powers of two and of ten that a suffix stands for, written out on their own.
const SUFFIXES: readonly (readonly [string, bigint, bigint])[] = [
  ['n', 1n, NANO],
  ['u', 1n, 1_000_000n],
  ['m', 1n, 1_000n],
  ['', 1n, 1n],
  ['k', 1_000n, 1n],
  ['M', 1_000_000n, 1n],
  ['G', NANO, 1n],
  ['T', 10n ** 12n, 1n],
  ['P', 10n ** 15n, 1n],
  ['E', 10n ** 18n, 1n],
  ['Ki', 1n << 10n, 1n],
  ['Mi', 1n << 20n, 1n],
  ['Gi', 1n << 30n, 1n],
  ['Ti', 1n << 40n, 1n],
  ['Pi', 1n << 50n, 1n],
  ['Ei', 1n << 60n, 1n],
  ['e3', 1_000n, 1n],
  ['e-3', 1n, 1_000n],
  ['E2', 100n, 1n],
]

interface Sample {
  readonly text: string
  /** What it is worth, in units: numerator and denominator. */
  readonly numerator: bigint
  readonly denominator: bigint
}

const random = seededRandom(SEED)
const below = (limit: number): number => Math.floor(random() * limit)

function pick<T>(choices: readonly T[]): T {
  return choices[below(choices.length)]!
}

function sample(): Sample {
  const [suffix, times, over] = pick(SUFFIXES)
  const sign = pick(['', '', '', '-', '+'])
  const whole = String(pick([0, 1, below(10), below(5_000), below(40) * 1_000, below(9) * 1_024]))
  const fraction = random() < 0.3 ? String(below(10_000)).padStart(below(4) + 1, '0') : ''
  const magnitude = BigInt(whole + fraction) * times
  // Binary quantities end at the largest int64: an example of canonicalQuantity, not a law.
  if (suffix.endsWith('i') && magnitude >= (1n << 63n) * 10n ** BigInt(fraction.length)) return sample()
  return {
    text: `${sign}${whole}${fraction ? `.${fraction}` : ''}${suffix}`,
    numerator: sign === '-' ? -magnitude : magnitude,
    denominator: 10n ** BigInt(fraction.length) * over,
  }
}

/** In steps of 1/scale; what is left of a step counts as a whole one, away from zero. */
function inSteps({ numerator, denominator }: Sample, scale: bigint): bigint {
  const magnitude = (numerator < 0n ? -numerator : numerator) * scale
  const steps = (magnitude + denominator - 1n) / denominator
  return numerator < 0n ? -steps : steps
}

const inNano = (one: Sample): bigint => inSteps(one, NANO)

/** The value of a canonical text: an integer and a suffix. */
function nanoOf(text: string): bigint {
  const [, amount = '', suffix = ''] = /^(-?\d+)([A-Za-z]*(?:-?\d+)?)$/.exec(text) ?? []
  expect(amount, text).not.toBe('')
  const exponent = /^e(-?\d+)$/.exec(suffix)
  if (exponent) return BigInt(amount) * 10n ** BigInt(9 + Number(exponent[1]))
  const [, times, over] = SUFFIXES.find(([name]) => name === suffix)!
  return (BigInt(amount) * times * NANO) / over
}

it(`writes each quantity in one form of the same value (seed ${SEED})`, () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const one = sample()
    const canonical = canonicalQuantity(one.text)
    expect(canonicalQuantity(canonical), one.text).toBe(canonical)
    // Some that Go takes for canonical as they are: examples of canonicalQuantity, not a law.
    if (canonical === one.text) continue
    expect(nanoOf(canonical), `${one.text} is ${canonical}`).toBe(inNano(one))
    // The largest suffix of its family: thousands and 1024s are not left standing.
    const amount = BigInt(/^-?\d+/.exec(canonical)![0])
    const base = canonical.endsWith('i') ? 1024n : 1000n
    const hasLarger = !/(E|Ei|e18)$/.test(canonical)
    expect(hasLarger && amount !== 0n && amount % base === 0n, `${one.text} is ${canonical}`).toBe(false)
  }
})

it(`compares, adds and subtracts as numbers do (seed ${SEED})`, () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [a, b] = [sample(), sample()]
    const what = `${a.text} and ${b.text}`
    const difference = inNano(a) - inNano(b)
    expect(compareQuantities(a.text, b.text), what).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0)
    expect(compareQuantities(b.text, a.text) + compareQuantities(a.text, b.text), what).toBe(0)
    expect(nanoOf(addQuantities(a.text, b.text)), what).toBe(inNano(a) + inNano(b))
    expect(nanoOf(subtractQuantities(a.text, b.text)), what).toBe(difference)
  }
})

it(`reads thousandths and whole units, the canonical form like any other (seed ${SEED})`, () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const one = sample()
    expect(parseMilli(one.text), one.text).toBe(inSteps(one, 1_000n))
    if (one.numerator < 0n) continue
    expect(parseUnits(one.text), one.text).toBe(inSteps(one, 1n))
    const canonical = canonicalQuantity(one.text)
    expect(parseMilli(canonical), `${one.text} is ${canonical}`).toBe(parseMilli(one.text))
    expect(bytes(one.text), one.text).toBe(Number(inSteps(one, 1n)))
  }
})
