// Owns client tokens of EC2: the same token with the same parameters is the same request.
// Source: Amazon EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests".
import { AwsError } from '../../../base/errors.ts'
import { clientToken, type ClientToken } from '../../protocol/client-token.ts'

/** The token that a request carries; undefined when it has none. */
export function clientTokenOf(input: { readonly ClientToken?: string | undefined }): ClientToken | undefined {
  const { ClientToken: value, ...rest } = input
  return clientToken(value, rest)
}

/**
 * Whether a request repeats the one that made a record.
 * @throws AwsError IdempotentParameterMismatch when the token is the same and the parameters are not
 */
export function isRepeated(token: ClientToken, earlier: ClientToken | undefined): boolean {
  if (earlier?.value !== token.value) return false
  if (earlier.fingerprint === token.fingerprint) return true
  // Words from ubicloud/ubicloud#5898.
  throw new AwsError(
    'IdempotentParameterMismatch',
    'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  )
}
