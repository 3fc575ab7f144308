// Owns client tokens: what a record keeps of the request that made it, so that the same request is known again.

import { sha256Hex } from '../../base/sha256.ts'
import { canonicalJson } from '../../base/json.ts'

/** The client token of a request, and what says that a later request with it asks for the same. */
export interface ClientToken {
  readonly value: string
  readonly fingerprint: string
}

/**
 * The token of a request with a fingerprint of all else that it asks for.
 * @param rest the members of the request without the token
 * @returns undefined when there is no token
 */
export function clientToken(value: string | undefined, rest: object): ClientToken | undefined {
  return value === undefined ? undefined : { value, fingerprint: fingerprintOf(rest) }
}

// The same for requests that ask for the same, whatever the order of their members.
function fingerprintOf(input: object): string {
  return sha256Hex(canonicalJson(input))
}
