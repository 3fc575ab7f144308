// Owns how a request that does not fit its schema is refused, in the words of each protocol.
import { AwsError } from '../../base/errors.ts'
import type { WireProtocol } from './service.ts'

/** What is wrong with one member beside its constraints. `path` is dotted, in the names of the wire. */
export type Violation =
  | { readonly kind: 'unknown'; readonly path: string }
  | { readonly kind: 'mistyped'; readonly path: string; readonly expected: string; readonly value: string }

/**
 * The error for a violation. EC2 words: "Error codes for the Amazon EC2 API" (UnknownParameter,
 * InvalidParameterValue). The others share the validation text of AWS's service framework.
 */
export function violationError(protocol: WireProtocol, violation: Violation): AwsError {
  return protocol === 'ec2' ? ec2Error(violation) : frameworkError(protocol, violation)
}

/**
 * The refusal of a part of an operation that is not emulated: a 4xx whose code no client retries or waits for. EKS
 * and CloudWatch Logs have a code of their model that fits; EC2 and the query services have none, so that theirs
 * says what it is.
 */
export function notEmulatedError(protocol: WireProtocol, what: string): AwsError {
  const isJson = protocol === 'rest-json' || protocol === 'json-1.1'
  const code = isJson ? 'InvalidParameterException' : 'NotImplemented'
  return new AwsError(code, `${what} is not emulated by Neargate.`)
}

function ec2Error(violation: Violation): AwsError {
  if (violation.kind === 'unknown') {
    return new AwsError('UnknownParameter', `The parameter ${violation.path} is not recognized`)
  }
  return new AwsError(
    'InvalidParameterValue',
    `Value (${violation.value}) for parameter ${violation.path} is invalid. Expected a ${violation.expected}.`,
  )
}

/** The code for a member that is missing or breaks a constraint: "Common Errors" and the models of the services. */
export const VALIDATION_CODES: Readonly<Record<Exclude<WireProtocol, 'ec2'>, string>> = {
  'rest-json': 'InvalidParameterException',
  'rest-xml': 'InvalidArgument',
  query: 'ValidationError',
  'json-1.1': 'InvalidParameterException',
}

const MALFORMED: Partial<Record<WireProtocol, string>> = {
  query: 'MalformedInput',
  'rest-xml': 'InvalidArgument',
}

function frameworkError(protocol: Exclude<WireProtocol, 'ec2'>, violation: Violation): AwsError {
  if (violation.kind === 'unknown') {
    // AWS ignores what it doesn't know; here nothing that was asked for may be dropped in silence.
    return new AwsError(
      VALIDATION_CODES[protocol],
      `Unknown parameter ${violation.path}: it is not in the service's schema`,
    )
  }
  return new AwsError(
    MALFORMED[protocol] ?? 'SerializationException',
    `Value '${violation.value}' at '${violation.path}' can not be converted to a ${violation.expected}`,
  )
}
