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

function decodeBase32(text: string): Buffer {
  const bits = text
    .replace(/=+$/, '')
    .split('')
    .map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))
}
