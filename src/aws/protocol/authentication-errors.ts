// Owns what a request with bad credentials is told, in the codes of each protocol.
import { AwsError } from '../../base/errors.ts'
import type { WireProtocol } from './service.ts'

export type AuthenticationFailure =
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'expired-token' }
  /** `message` says what is wrong with the time, scope or form of the signature. */
  | { readonly kind: 'expired' | 'scope' | 'incomplete'; readonly message: string }

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

/**
 * Codes: "Common errors" of each service's API reference; JSON services append Exception, EC2 has its own
 * ("Error codes for the Amazon EC2 API": AuthFailure, RequestExpired).
 */
export function authenticationError(protocol: WireProtocol, failure: AuthenticationFailure): AwsError {
  if (protocol === 'ec2') return ec2Error(failure)
  if (protocol === 'rest-xml') return s3Error(failure)
  const json = protocol !== 'query'
  switch (failure.kind) {
    case 'missing':
      return json
        ? refusal('MissingAuthenticationTokenException', 'Missing Authentication Token')
        : refusal('MissingAuthenticationToken', 'Request is missing Authentication Token')
    case 'unknown-key':
      return refusal(
        json ? 'UnrecognizedClientException' : 'InvalidClientTokenId',
        json
          ? 'The security token included in the request is invalid.'
          : 'The security token included in the request is invalid',
      )
    case 'expired-token':
      return refusal(
        json ? 'ExpiredTokenException' : 'ExpiredToken',
        'The security token included in the request is expired',
      )
    case 'mismatch':
      return refusal(json ? 'InvalidSignatureException' : 'SignatureDoesNotMatch', MISMATCH)
    case 'incomplete':
      return refusal(json ? 'IncompleteSignatureException' : 'IncompleteSignature', failure.message)
    case 'expired':
    case 'scope':
      return refusal(json ? 'InvalidSignatureException' : 'SignatureDoesNotMatch', failure.message)
  }
}

function ec2Error(failure: AuthenticationFailure): AwsError {
  if (failure.kind === 'missing') {
    return refusal('MissingAuthenticationToken', 'Request is missing Authentication Token')
  }
  if (failure.kind === 'expired' || failure.kind === 'expired-token') {
    return new AwsError('RequestExpired', 'Request has expired.')
  }
  // EC2 says no more than this; which regions are near has no place on AWS, and helps here.
  const near = failure.kind === 'scope' ? `: ${failure.message}` : ''
  return new AwsError('AuthFailure', `AWS was not able to validate the provided access credentials${near}`, {
    status: 401,
  })
}

// "Error responses" of the S3 API reference.
function s3Error(failure: AuthenticationFailure): AwsError {
  switch (failure.kind) {
    case 'missing':
      return refusal('AccessDenied', 'Access Denied')
    case 'unknown-key':
      return refusal(
        'InvalidAccessKeyId',
        'The AWS Access Key Id you provided does not exist in our records.',
      )
    case 'expired-token':
      return new AwsError('ExpiredToken', 'The provided token has expired.')
    case 'mismatch':
      return refusal(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      )
    case 'incomplete':
      return new AwsError('AuthorizationHeaderMalformed', failure.message)
    case 'scope':
      return new AwsError('AuthorizationHeaderMalformed', failure.message)
    case 'expired':
      return refusal('AccessDenied', 'Request has expired')
  }
}

function refusal(code: string, message: string): AwsError {
  return new AwsError(code, message, { status: 403 })
}
