// Owns the errors of IAM: codes and statuses as published, texts as the service sends them.
import { AwsError } from '../../../base/errors.ts'

/** 404 NoSuchEntity. */
export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, { status: 404 })
}

export function noSuchRole(name: string): AwsError {
  return noSuchEntity(`The role with name ${name} cannot be found.`)
}

export function noSuchPolicy(arn: string): AwsError {
  return noSuchEntity(`Policy ${arn} was not found.`)
}

/** 409 EntityAlreadyExists. */
export function alreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExists', message, { status: 409 })
}

/** 409 DeleteConflict. */
export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', message, { status: 409 })
}

/** 409 LimitExceeded. */
export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', message, { status: 409 })
}

/** 400 MalformedPolicyDocument. */
export function malformedPolicy(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message)
}

/** 400 ValidationError. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message)
}
