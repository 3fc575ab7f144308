import { expect, test } from 'vitest'

import { AwsError } from '../../../../base/errors.ts'
import type { Principal } from '../../../protocol/service.ts'
import type { Elb } from '../state.ts'
import { readStored } from './stored-file.ts'

// What reading asks of the service: a call that fails.
function failing(error: Error): Elb {
  return { deps: { caller: { call: () => Promise.reject(error) } } } as unknown as Elb
}

function read(error: Error): Promise<string> {
  // Nobody looks at who asks here.
  const principal = {} as Principal
  const place = { Bucket: 'pki', Key: 'root.pem' }
  return readStored(failing(error), place, { principal, code: 'CaCertificatesBundleNotFound' })
}

test('a file that S3 refuses has the code of whoever wanted it', async () => {
  await expect(read(new AwsError('NoSuchKey', 'The specified key does not exist.'))).rejects.toMatchObject({
    code: 'CaCertificatesBundleNotFound',
    message: 'The file s3://pki/root.pem cannot be read: The specified key does not exist.',
  })
})

test('a fault of S3 is none of the file', async () => {
  const fault = new AwsError('InternalError', 'We encountered an internal error.', { status: 500 })
  await expect(read(fault)).rejects.toBe(fault)
})
