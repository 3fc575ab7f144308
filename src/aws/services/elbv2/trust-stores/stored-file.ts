// Owns reading the files of trust stores out of the region's S3.
import type { GetObjectOutput } from '@aws-sdk/client-s3'

import { AwsError, isRefusal } from '../../../../base/errors.ts'
import type { Principal } from '../../../protocol/service.ts'
import type { Elb } from '../state.ts'

/** Where a file is. */
interface Place {
  readonly Bucket: string | undefined
  readonly Key: string | undefined
  readonly VersionId?: string | undefined
}

/**
 * The text of a file, read with the rights of whoever asks.
 * @throws AwsError with the code that is given, when it cannot be read
 */
export async function readStored(
  elb: Elb,
  { Bucket, Key, VersionId }: Place,
  { principal, code }: { readonly principal: Principal; readonly code: string },
): Promise<string> {
  const place = { Bucket, Key, ...(VersionId !== undefined && { VersionId }) }
  try {
    const { Body } = await elb.deps.caller.call<Omit<GetObjectOutput, 'Body'> & { Body: Uint8Array }>(
      's3',
      'GetObject',
      place,
      { principal },
    )
    return Buffer.from(Body).toString('utf8')
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw new AwsError(code, `The file s3://${Bucket}/${Key} cannot be read: ${error.message}`)
  }
}
