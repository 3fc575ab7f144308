// Owns the encoded authorization failure message of EC2, which DecodeAuthorizationMessage of STS reads.
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** The text that stands after "Encoded authorization failure message:". */
export function encodeAuthorizationMessage(details: object): string {
  return deflateRawSync(JSON.stringify(details)).toString('base64url')
}

/** The JSON text that was encoded; undefined for anything else. */
export function decodeAuthorizationMessage(encoded: string): string | undefined {
  try {
    const text = inflateRawSync(Buffer.from(encoded, 'base64url')).toString('utf8')
    JSON.parse(text)
    return text
  } catch {
    // What is no message of ours doesn't inflate to JSON.
    return undefined
  }
}
