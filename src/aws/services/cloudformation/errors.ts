// Owns what CloudFormation refuses, in the words of the service.
import { AwsError } from '../../../base/errors.ts'

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message)
}

export function stackNotFound(name: string): AwsError {
  return validationError(`Stack with id ${name} does not exist`)
}

export function alreadyExists(name: string): AwsError {
  return new AwsError('AlreadyExistsException', `Stack [${name}] already exists`)
}

export function insufficientCapabilities(capability: string): AwsError {
  return new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${capability}]`)
}

export function changeSetNotFound(name: string): AwsError {
  return new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, { status: 404 })
}

/** The words are those of the API reference; what the service says was not found. */
export function tokenAlreadyExists(token: string): AwsError {
  return new AwsError('TokenAlreadyExistsException', `A client request token already exists: ${token}`)
}
