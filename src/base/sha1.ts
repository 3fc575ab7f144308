// Owns SHA-1, for names that others make with it.
import { createHash } from 'node:crypto'

/** The digest in small hexadecimal digits. */
export function sha1Hex(data: string | Uint8Array): string {
  return createHash('sha1').update(data).digest('hex')
}
