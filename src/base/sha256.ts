// Owns the SHA-256 of a text in hexadecimal, whole or shortened: for names and ids that have to be the same each time.
import { createHash } from 'node:crypto'

/** @param length in hexadecimal digits: 64 are all of them */
export function sha256Hex(data: string | Uint8Array, length = 64): string {
  return createHash('sha256').update(data).digest('hex').slice(0, length)
}
