// Owns the operations that use keys: Encrypt, Decrypt, ReEncrypt, data keys, random bytes.
import { randomBytes } from 'node:crypto'
import type {
  DecryptRequest,
  DecryptResponse,
  EncryptRequest,
  EncryptResponse,
  GenerateDataKeyRequest,
  GenerateDataKeyResponse,
  GenerateDataKeyWithoutPlaintextRequest,
  GenerateDataKeyWithoutPlaintextResponse,
  GenerateRandomRequest,
  GenerateRandomResponse,
  ReEncryptRequest,
  ReEncryptResponse,
} from '@aws-sdk/client-kms'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { validation, type KmsState } from './state.ts'
import { dataKeyBytes, enabledKey, seal, unseal } from './use-key.ts'

const SYMMETRIC = 'SYMMETRIC_DEFAULT'

// The keys are symmetric: what asks for another algorithm means a key of another kind.
function checkAlgorithm(algorithm: string | undefined): void {
  if (algorithm !== undefined && algorithm !== SYMMETRIC)
    throw new AwsError('InvalidKeyUsageException', `${algorithm} is not an algorithm of a symmetric key.`)
}

/** @throws AwsError NotFoundException, DisabledException, KMSInvalidStateException, InvalidKeyUsageException */
export const encrypt = operation<KmsState, EncryptRequest, EncryptResponse>()({
  honours: ['KeyId', 'Plaintext', 'EncryptionContext', 'EncryptionAlgorithm'],
  keeps: ['GrantTokens'],
  handle: async (input, kms) => {
    checkAlgorithm(input.EncryptionAlgorithm)
    await kms.ensureManagedKey(input.KeyId)
    const key = enabledKey(kms, input.KeyId)
    const CiphertextBlob = seal(key, input.Plaintext ?? new Uint8Array(), input.EncryptionContext)
    return { CiphertextBlob, KeyId: kms.arn(key.id), EncryptionAlgorithm: SYMMETRIC }
  },
})

/** @throws AwsError InvalidCiphertextException, IncorrectKeyException, and those of the key */
export const decrypt = operation<KmsState, DecryptRequest, DecryptResponse>()({
  honours: ['CiphertextBlob', 'EncryptionContext', 'EncryptionAlgorithm', 'KeyId'],
  keeps: ['GrantTokens'],
  handle: (input, kms) => {
    checkAlgorithm(input.EncryptionAlgorithm)
    const { key, plaintext } = unseal(kms, input.CiphertextBlob ?? new Uint8Array(), input.EncryptionContext)
    checkSource(kms, key.id, input.KeyId)
    return { KeyId: kms.arn(key.id), Plaintext: plaintext, EncryptionAlgorithm: SYMMETRIC }
  },
})

function checkSource(kms: KmsState, id: string, named: string | undefined): void {
  if (named === undefined || kms.key(named).id === id) return
  const message = 'The key ID in the request does not identify a CMK that can perform this operation.'
  throw new AwsError('IncorrectKeyException', message)
}

/** @throws AwsError InvalidCiphertextException, IncorrectKeyException, and those of both keys */
export const reEncrypt = operation<KmsState, ReEncryptRequest, ReEncryptResponse>()({
  honours: [
    'CiphertextBlob',
    'SourceEncryptionContext',
    'SourceKeyId',
    'DestinationKeyId',
    'DestinationEncryptionContext',
    'SourceEncryptionAlgorithm',
    'DestinationEncryptionAlgorithm',
  ],
  keeps: ['GrantTokens'],
  handle: (input, kms) => {
    checkAlgorithm(input.SourceEncryptionAlgorithm)
    checkAlgorithm(input.DestinationEncryptionAlgorithm)
    const source = unseal(kms, input.CiphertextBlob ?? new Uint8Array(), input.SourceEncryptionContext)
    checkSource(kms, source.key.id, input.SourceKeyId)
    const key = enabledKey(kms, input.DestinationKeyId)
    return {
      CiphertextBlob: seal(key, source.plaintext, input.DestinationEncryptionContext),
      SourceKeyId: kms.arn(source.key.id),
      KeyId: kms.arn(key.id),
      SourceEncryptionAlgorithm: SYMMETRIC,
      DestinationEncryptionAlgorithm: SYMMETRIC,
    }
  },
})

const DATA_KEY = ['KeyId', 'EncryptionContext', 'NumberOfBytes', 'KeySpec'] as const

/** @throws AwsError ValidationException and those of the key */
export const generateDataKey = operation<KmsState, GenerateDataKeyRequest, GenerateDataKeyResponse>()({
  honours: DATA_KEY,
  keeps: ['GrantTokens'],
  handle: (input, kms) => makeDataKey(kms, input),
})

/** @throws AwsError ValidationException and those of the key */
export const generateDataKeyWithoutPlaintext = operation<
  KmsState,
  GenerateDataKeyWithoutPlaintextRequest,
  GenerateDataKeyWithoutPlaintextResponse
>()({
  honours: DATA_KEY,
  keeps: ['GrantTokens'],
  handle: async (input, kms) => {
    const { CiphertextBlob, KeyId } = await makeDataKey(kms, input)
    return { CiphertextBlob, KeyId }
  },
})

async function makeDataKey(
  kms: KmsState,
  input: Pick<GenerateDataKeyRequest, 'EncryptionContext' | 'NumberOfBytes' | 'KeySpec'> & {
    readonly KeyId?: string | undefined
  },
): Promise<{ CiphertextBlob: Uint8Array; Plaintext: Uint8Array; KeyId: string }> {
  await kms.ensureManagedKey(input.KeyId)
  const key = enabledKey(kms, input.KeyId)
  const Plaintext = randomBytes(dataKeyBytes(input))
  return {
    CiphertextBlob: seal(key, Plaintext, input.EncryptionContext),
    Plaintext,
    KeyId: kms.arn(key.id),
  }
}

/** @throws AwsError ValidationException */
export const generateRandom = operation<KmsState, GenerateRandomRequest, GenerateRandomResponse>()({
  honours: ['NumberOfBytes'],
  handle: (input) => {
    if (input.NumberOfBytes === undefined) throw validation('NumberOfBytes is required.')
    return { Plaintext: randomBytes(input.NumberOfBytes) }
  },
})
