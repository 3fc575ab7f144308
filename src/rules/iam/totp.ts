// Owns time-based one-time passwords of virtual MFA devices.
// Source: RFC 6238 with its default parameters: HMAC-SHA-1, 30 seconds, six digits; RFC 4648 for base 32.
import { createHmac } from 'node:crypto'

const STEP_SECONDS = 30
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The code of a moment. @param seed base 32 @param nowMs epoch milliseconds */
export function totp(seed: string, nowMs: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(nowMs / 1000 / STEP_SECONDS)))
  const hash = createHmac('sha1', decodeBase32(seed)).update(counter).digest()
  const offset = (hash.at(-1) ?? 0) & 0xf
  const number = hash.readUInt32BE(offset) & 0x7fff_ffff
  return String(number % 1_000_000).padStart(6, '0')
}

/** True for the code of this moment, or of the steps beside it: clocks differ. */
export function matchesTotp(seed: string, code: string, nowMs: number): boolean {
  return [-1, 0, 1].some((step) => totp(seed, nowMs + step * STEP_SECONDS * 1000) === code)
}

/** True for two codes in a row, of which either may be that of this moment. */
export function isPairOfCodes(
  seed: string,
  [first, second]: readonly [string, string],
  nowMs: number,
): boolean {
  const at = (step: number): string => totp(seed, nowMs + step * STEP_SECONDS * 1000)
  return [-2, -1, 0, 1].some((step) => at(step) === first && at(step + 1) === second)
}

/** Bytes as base 32, without padding. */
export function encodeBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => ALPHABET.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('')
}

function decodeBase32(text: string): Buffer {
  const bits = text
    .replace(/=+$/, '')
    .split('')
    .map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
}
