// Owns what a call is answered by a fault: the codes, statuses and words of each protocol.
import { AwsError } from '../../base/errors.ts'
import { deniedError } from '../authorization/denied.ts'
import { authenticationError } from '../protocol/authentication-errors.ts'
import { HangUp, type ArrivedCall } from '../protocol/injection.ts'
import type { WireProtocol } from '../protocol/service.ts'
import type { CustomError, NamedError } from './fault.ts'

/** The error of a fault; `answer-lost` is none. Codes: "Common errors" of the API references, "Error codes for the Amazon EC2 API", S3's. */
export function errorOf(error: Exclude<NamedError, 'answer-lost'> | CustomError, call: ArrivedCall): Error {
  if (typeof error !== 'string')
    return new AwsError(error.code, error.message, { status: error.status ?? 400 })
  const { protocol } = call.service
  switch (error) {
    case 'throttling':
      return throttling(protocol)
    case 'expired-token':
      return authenticationError(protocol, { kind: 'expired-token' })
    case 'access-denied':
      return accessDenied(call)
    case 'unavailable':
      return unavailable(protocol)
    case 'connection-lost':
      return new HangUp()
  }
}

function throttling(protocol: WireProtocol): AwsError {
  if (protocol === 'ec2')
    return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', { status: 503 })
  if (protocol === 'rest-xml')
    return new AwsError('SlowDown', 'Please reduce your request rate.', { status: 503 })
  if (protocol === 'query') return new AwsError('Throttling', 'Rate exceeded')
  return new AwsError('ThrottlingException', 'Rate exceeded', {
    status: protocol === 'rest-json' ? 429 : 400,
  })
}

function unavailable(protocol: WireProtocol): AwsError {
  const status = 503
  if (protocol === 'ec2')
    return new AwsError('Unavailable', 'The service is unavailable. Please try again shortly.', { status })
  if (protocol === 'rest-xml')
    return new AwsError('ServiceUnavailable', 'Please reduce your request rate.', { status })
  const suffix = protocol === 'query' ? '' : 'Exception'
  return new AwsError(`ServiceUnavailable${suffix}`, 'Service is unable to handle request.', { status })
}

// As if a policy of the organization's, which nobody in the account can see, forbade it.
function accessDenied({ service, operation, context }: ArrivedCall): AwsError {
  return deniedError({
    service,
    principal: context.principal,
    action: `${service.signingName}:${operation}`,
    resource: '*',
    shown: undefined,
    keys: {},
    decision: { allowed: false, isExplicit: true, by: 'identity', matched: [] },
  })
}
