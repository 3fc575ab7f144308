// Owns what S3 refuses, in the codes and words of its API reference ("Error responses").
import { AwsError } from '../../../base/errors.ts'

const NOT_FOUND = {
  NoSuchBucket: 'The specified bucket does not exist',
  NoSuchBucketPolicy: 'The bucket policy does not exist',
  NoSuchKey: 'The specified key does not exist.',
  NoSuchLifecycleConfiguration: 'The lifecycle configuration does not exist',
  NoSuchPublicAccessBlockConfiguration: 'The public access block configuration was not found',
  NoSuchTagSet: 'The TagSet does not exist',
  NoSuchVersion: 'The specified version does not exist.',
  OwnershipControlsNotFoundError: 'The bucket ownership controls were not found',
} as const

/** A 404 of S3. */
export function notFound(code: keyof typeof NOT_FOUND): AwsError {
  return new AwsError(code, NOT_FOUND[code], { status: 404 })
}

export function invalidArgument(message: string): AwsError {
  return new AwsError('InvalidArgument', message)
}
