// Owns encrypting and decrypting with a key: AES-256-GCM, bound to the encryption context.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

import { KEY_ID_BYTES as ID_BYTES, keyIdOf } from '../../../rules/kms/ciphertext.ts'
import { AwsError } from '../../../base/errors.ts'
import { validation, type KeyRecord, type KmsState } from './state.ts'

export type EncryptionContext = Readonly<Record<string, string>>

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/** A key that can be used now. @throws AwsError NotFoundException, KMSInvalidStateException, DisabledException */
export function enabledKey(kms: KmsState, reference: string | undefined): KeyRecord {
  const key = kms.usableKey(reference)
  if (!key.isEnabled) throw new AwsError('DisabledException', `${kms.arn(key.id)} is disabled.`)
  return key
}

// The order in which a client writes the pairs says nothing.
function bound(context: EncryptionContext | undefined): Buffer {
  const pairs = Object.entries(context ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.from(JSON.stringify(pairs))
}

/** Ciphertext: the id of the key, the nonce, the tag, and what is hidden. */
export function seal(key: KeyRecord, plaintext: Uint8Array, context?: EncryptionContext): Uint8Array {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(ALGORITHM, Buffer.from(key.material, 'base64'), iv)
  cipher.setAAD(bound(context))
  const hidden = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([Buffer.from(key.id), iv, cipher.getAuthTag(), hidden])
}

/**
 * What a ciphertext hides, and the key that hid it.
 * @throws AwsError InvalidCiphertextException for anything else, another context included; NotFoundException, …
 */
export function unseal(
  kms: KmsState,
  ciphertext: Uint8Array,
  context?: EncryptionContext,
): { readonly key: KeyRecord; readonly plaintext: Uint8Array } {
  const bytes = Buffer.from(ciphertext)
  const id = keyIdOf(bytes)
  if (bytes.length < ID_BYTES + IV_BYTES + TAG_BYTES || !kms.keys.has(id)) throw invalidCiphertext()
  const key = enabledKey(kms, id)
  const iv = bytes.subarray(ID_BYTES, ID_BYTES + IV_BYTES)
  const decipher = createDecipheriv(ALGORITHM, Buffer.from(key.material, 'base64'), iv)
  decipher.setAuthTag(bytes.subarray(ID_BYTES + IV_BYTES, ID_BYTES + IV_BYTES + TAG_BYTES))
  decipher.setAAD(bound(context))
  try {
    const hidden = bytes.subarray(ID_BYTES + IV_BYTES + TAG_BYTES)
    return { key, plaintext: Buffer.concat([decipher.update(hidden), decipher.final()]) }
  } catch {
    // The tag doesn't fit: it is forged, cut, or of another context. AWS tells no more either, and leaves the message empty.
    throw invalidCiphertext()
  }
}

function invalidCiphertext(): AwsError {
  return new AwsError(
    'InvalidCiphertextException',
    'The ciphertext is not of a key of this region, or has another encryption context.',
  )
}

/**
 * How many bytes a data key has: as a spec says, or a number.
 * @throws AwsError ValidationException when none or both are given
 */
export function dataKeyBytes(input: {
  readonly KeySpec?: string | undefined
  readonly NumberOfBytes?: number | undefined
}): number {
  const { KeySpec: spec, NumberOfBytes: count } = input
  if ((spec === undefined) === (count === undefined)) {
    throw validation('Please specify either number of bytes or key spec.')
  }
  return count ?? (spec === 'AES_128' ? 16 : 32)
}
