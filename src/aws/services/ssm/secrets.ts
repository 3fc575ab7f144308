// Owns the values of SecureString parameters: KMS encrypts them, bound to the parameter's ARN.
import type { DecryptResponse, EncryptResponse } from '@aws-sdk/client-kms'

import { AwsError, isRefusal } from '../../../base/errors.ts'
import type { Found, SsmState } from './state.ts'

/** The key of those that name none. */
export const DEFAULT_KEY = 'alias/aws/ssm'

// AWS Systems Manager User Guide, "Encryption context" of Parameter Store.
function contextOf(arn: string): { readonly PARAMETER_ARN: string } {
  return { PARAMETER_ARN: arn }
}

/** The value as it is kept. @throws AwsError InvalidKeyId */
export async function hide(
  ssm: SsmState,
  { name, value, keyId }: { readonly name: string; readonly value: string; readonly keyId: string },
): Promise<string> {
  try {
    const { CiphertextBlob } = await ssm.deps.caller.call<EncryptResponse>('kms', 'Encrypt', {
      KeyId: keyId,
      Plaintext: Buffer.from(value),
      EncryptionContext: contextOf(ssm.arn(name)),
    })
    return Buffer.from(CiphertextBlob ?? []).toString('base64')
  } catch (error) {
    if (isRefusal(error)) throw new AwsError('InvalidKeyId', error.message)
    throw error
  }
}

/** The value as a request sees it: decrypted only when it asks for that. @throws AwsError InvalidKeyId */
export async function reveal(ssm: SsmState, found: Found, isDecrypted: boolean): Promise<string> {
  const { type, value } = found.version
  if (type !== 'SecureString' || !isDecrypted) return value
  try {
    const { Plaintext } = await ssm.deps.caller.call<DecryptResponse>('kms', 'Decrypt', {
      CiphertextBlob: Buffer.from(value, 'base64'),
      EncryptionContext: contextOf(found.arn),
    })
    return Buffer.from(Plaintext ?? []).toString('utf8')
  } catch (error) {
    if (isRefusal(error)) throw new AwsError('InvalidKeyId', error.message)
    throw error
  }
}
