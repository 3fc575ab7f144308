// Owns Kubernetes resource quantities: parsing to exact numbers, comparing, canonical printing.
// Source of the grammar: apimachinery pkg/api/resource/quantity.go.

const BINARY: Record<string, number> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 }
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const PATTERN = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/

/** Thrown by `parseQuantity`; carries the text that is no quantity. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError'
}

/** The value in thousandths of the base unit, rounded up as Kubernetes does for finer fractions. */
export function parseMilli(text: string | number): bigint {
  const match = PATTERN.exec(String(text).trim())
  if (!match) {
    throw new QuantityError(
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$': ${JSON.stringify(text)}`,
    )
  }
  const [, number = '0', suffix = ''] = match
  const [whole = '0', fraction = ''] = number.replace(/^[+-]/, '').split('.')
  const digits = BigInt((whole || '0') + fraction)
  const { multiplier, exponent } = scaleOf(suffix)
  const scaled = digits * multiplier
  const power = exponent + 3 - fraction.length
  const magnitude = power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(-power))
  return number.startsWith('-') ? -magnitude : magnitude
}

function scaleOf(suffix: string): { multiplier: bigint; exponent: number } {
  const binary = BINARY[suffix]
  if (binary !== undefined) return { multiplier: 1024n ** BigInt(binary), exponent: 0 }
  const decimal = DECIMAL[suffix]
  return { multiplier: 1n, exponent: decimal ?? Number(suffix.slice(1)) }
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by
}

/** Whole base units (bytes, pods, cores), rounded up. */
export function parseUnits(text: string | number): bigint {
  const milli = parseMilli(text)
  return milli >= 0n ? divideUp(milli, 1000n) : milli / 1000n
}

/** CPU in millicores, memory in bytes etc. as plain numbers; exact up to 2^53. */
export function milliCores(text: string | number | undefined): number {
  return text === undefined ? 0 : Number(parseMilli(text))
}

/** Bytes as a plain number, rounded up; 0 when absent. */
export function bytes(text: string | number | undefined): number {
  return text === undefined ? 0 : Number(parseUnits(text))
}

/** Prints millicores the way Kubernetes does: `2`, `250m`. */
export function formatCpu(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
}

/** Prints bytes with the largest binary suffix that divides them: `512Mi`, `16423900Ki`. */
export function formatBytes(value: number): string {
  for (const [suffix, power] of Object.entries(BINARY).reverse()) {
    const unit = 1024 ** power
    if (value >= unit && value % unit === 0) return `${value / unit}${suffix}`
  }
  return String(value)
}
