// Owns the canonical text of Kubernetes quantities, the form every stored quantity has, and sums of such texts.
import { QuantityError } from './quantity.ts'

const PATTERN = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/
const DECIMAL_SUFFIXES: ReadonlyMap<number, string> = new Map([
  [-9, 'n'],
  [-6, 'u'],
  [-3, 'm'],
  [0, ''],
  [3, 'k'],
  [6, 'M'],
  [9, 'G'],
  [12, 'T'],
  [15, 'P'],
  [18, 'E'],
])
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
// Nobody asks for more bytes than an int64 counts: binary quantities end there, decimal ones do not.
const MAXIMUM_BINARY_NANO = (2n ** 63n - 1n) * 1_000_000_000n

/**
 * The canonical form of a quantity: no fraction, the largest suffix that allows it, the suffix family
 * (binary, decimal, exponent) kept; finer than nano is rounded up; binary with a fraction or below 1024
 * becomes decimal. `0.5` -> `500m`, `1024Mi` -> `1Gi`, `1.5Gi` -> `1536Mi`, `0.5Ki` -> `512`, `1e3` -> `1e3`.
 * @throws QuantityError when the text is no quantity.
 * Source: apimachinery pkg/api/resource/quantity.go (ParseQuantity, CanonicalizeBytes).
 */
export function canonicalQuantity(value: string | number): string {
  // Plain small integers, the most frequent form by far, are canonical unless they end in 000.
  const text = typeof value === 'number' ? String(value) : value
  if (/^[1-9]\d{0,2}(?:m|Ki|Mi|Gi)?$/.test(text)) return text
  const { nano, suffix } = parse(text)
  return isKeptAsWritten(text) ? text : print(nano, suffix)
}

/**
 * The canonical form at no finer steps than thousandths, to which resources are rounded up: `0.1m` -> `1m`.
 * @throws QuantityError when the text is no quantity.
 * Source: kubernetes pkg/apis/core/v1/defaults.go (SetDefaults_ResourceList).
 */
export function resourceQuantity(value: string | number): string {
  const text = canonicalQuantity(value)
  const { nano, suffix } = parse(text)
  const over = nano % NANO_PER_MILLI
  if (over === 0n) return text
  return print(nano - over + (over > 0n ? NANO_PER_MILLI : 0n), suffix)
}

const NANO_PER_MILLI = 1_000_000n
// What an int64 holds of decimal digits, and of the digits of a number of bytes.
const DECIMAL_DIGITS = 18
const BINARY_DIGITS = 15

/**
 * Of numbers that are short, Go takes some for canonical that are not quite, and keeps their text: `1.500`, `+1`, `1E3`.
 * Source: apimachinery pkg/api/resource/quantity.go (ParseQuantity, "if the number is in canonical form").
 */
function isKeptAsWritten(text: string): boolean {
  const match = PATTERN.exec(text)
  if (!match || text === '0') return match !== null
  const [, , number = '', suffix = ''] = match
  const [whole = '', fraction = ''] = number.split('.')
  const digits = whole.replace(/^0+/, '')
  if (suffix.endsWith('i')) {
    const power = BINARY_SUFFIXES.indexOf(suffix)
    const isShort = BINARY_DIGITS - digits.length - Math.floor(power * 3) - 1 >= 0
    return fraction === '' && digits !== '' && isShort && BigInt(digits) % 8n !== 0n
  }
  const shifted = digits + fraction
  const scale = decimalExponent(suffix) - fraction.length
  const isShort = shifted.length <= DECIMAL_DIGITS && scale >= -9
  return isShort && digits !== '' && scale % 3 === 0 && !shifted.endsWith('000')
}

/**
 * The sum in canonical form, written in the suffix family of `a`, or of `b` when `a` is nothing.
 * @throws QuantityError when one of them is no quantity.
 * Source: apimachinery pkg/api/resource/quantity.go (Add).
 */
export function addQuantities(a: string, b: string): string {
  return combine(a, b, 1n)
}

/** As `addQuantities`, with `b` taken away. */
export function subtractQuantities(a: string, b: string): string {
  return combine(a, b, -1n)
}

/** Below, at or above 0 as `a` is less than, equal to or more than `b`. @throws QuantityError */
export function compareQuantities(a: string, b: string): number {
  const difference = parse(a).nano - parse(b).nano
  return difference < 0n ? -1 : Number(difference > 0n)
}

function combine(a: string, b: string, sign: 1n | -1n): string {
  const [first, second] = [parse(a), parse(b)]
  return print(first.nano + sign * second.nano, first.nano === 0n ? second.suffix : first.suffix)
}

function parse(text: string): { nano: bigint; suffix: string } {
  const match = PATTERN.exec(text)
  if (!match) {
    throw new QuantityError(
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    )
  }
  const [, sign = '', number = '0', suffix = ''] = match
  const [whole = '', fraction = ''] = number.split('.')
  const digits = BigInt((whole || '0') + fraction)
  const exact = toNano(digits, fraction.length, suffix)
  const nano = suffix.endsWith('i') && exact > MAXIMUM_BINARY_NANO ? MAXIMUM_BINARY_NANO : exact
  return { nano: sign === '-' ? -nano : nano, suffix }
}

function toNano(digits: bigint, fractionDigits: number, suffix: string): bigint {
  const binary = BINARY_SUFFIXES.indexOf(suffix)
  const scaled = binary > 0 ? digits * 1024n ** BigInt(binary) : digits
  const power = 9 - fractionDigits + (binary > 0 ? 0 : decimalExponent(suffix))
  if (power >= 0) return scaled * 10n ** BigInt(power)
  const divisor = 10n ** BigInt(-power)
  return (scaled + divisor - 1n) / divisor
}

function decimalExponent(suffix: string): number {
  for (const [exponent, name] of DECIMAL_SUFFIXES) if (name === suffix) return exponent
  return Number(suffix.slice(1))
}

function print(nano: bigint, suffix: string): string {
  if (nano === 0n) return '0'
  return nano < 0n ? `-${printPositive(-nano, suffix)}` : printPositive(nano, suffix)
}

function printPositive(nano: bigint, suffix: string): string {
  const isWhole = nano % 1_000_000_000n === 0n
  if (suffix.endsWith('i') && isWhole && nano / 1_000_000_000n >= 1024n) {
    let units = nano / 1_000_000_000n
    let power = 0
    while (power < 6 && units % 1024n === 0n) {
      units /= 1024n
      power++
    }
    return `${units}${BINARY_SUFFIXES[power]}`
  }
  let amount = nano
  let exponent = -9
  while (exponent < 18 && amount % 1000n === 0n) {
    amount /= 1000n
    exponent += 3
  }
  if (!/^[eE][+-]?\d/.test(suffix)) return `${amount}${DECIMAL_SUFFIXES.get(exponent)}`
  return exponent === 0 ? String(amount) : `${amount}e${exponent}`
}
