// Owns client tokens of EKS: the same token with the same parameters is the same request.
import { clientToken } from '../../protocol/client-token.ts'

/**
 * What a record keeps of the request that made it. A request with the token of another and other parameters has another
 * one: it finds the name taken, instead of being given what somebody else has asked for.
 * @returns undefined for a request without a token
 */
export function requestToken(input: {
  readonly clientRequestToken?: string | undefined
}): string | undefined {
  const { clientRequestToken, ...rest } = input
  const token = clientToken(clientRequestToken, rest)
  return token && `${token.value} ${token.fingerprint}`
}
