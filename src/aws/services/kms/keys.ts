// Owns the life of keys: made, described, switched off and on, and deleted after a while.
import type {
  CancelKeyDeletionRequest,
  CancelKeyDeletionResponse,
  CreateKeyRequest,
  CreateKeyResponse,
  DescribeKeyRequest,
  DescribeKeyResponse,
  DisableKeyRequest,
  EnableKeyRequest,
  KeyMetadata,
  ListKeysRequest,
  ListKeysResponse,
  ScheduleKeyDeletionRequest,
  ScheduleKeyDeletionResponse,
  UpdateKeyDescriptionRequest,
} from '@aws-sdk/client-kms'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { checkLockout, checkPolicy } from './key-policies.ts'
import { pageOf, PAGES } from './paging.ts'
import type { KeyRecord, KmsState } from './state.ts'
import { recordOf } from './tags.ts'

const DAY_MS = 86_400_000

/** A key as answers show it. */
function describe(kms: KmsState, key: KeyRecord): KeyMetadata {
  const state = kms.stateOf(key)
  return {
    AWSAccountId: kms.deps.accountId,
    KeyId: key.id,
    Arn: kms.arn(key.id),
    CreationDate: new Date(key.createdAtMs),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: state,
    ...(key.deletedAtMs === undefined ? {} : { DeletionDate: new Date(key.deletedAtMs) }),
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  }
}

/** CreateKey: symmetric keys alone. @throws AwsError MalformedPolicyDocumentException, TagException */
export const createKey = operation<KmsState, CreateKeyRequest, CreateKeyResponse>()({
  honours: ['Policy', 'BypassPolicyLockoutSafetyCheck', 'Description', 'Tags[].TagKey', 'Tags[].TagValue'],
  handle: async (input, kms, request) => {
    if (input.Policy !== undefined) {
      checkPolicy(input.Policy)
      checkLockout(input.Policy, request.principal, input.BypassPolicyLockoutSafetyCheck)
    }
    const { Description: description = '', Policy: policy } = input
    const tags = recordOf(input.Tags, request.calledVia)
    const key = await kms.deps.store.transact((tx) =>
      kms.insertKey(tx, { description, policy, tags, manager: 'CUSTOMER' }),
    )
    return { KeyMetadata: describe(kms, key) }
  },
})

/** @throws AwsError NotFoundException */
export const describeKey = operation<KmsState, DescribeKeyRequest, DescribeKeyResponse>()({
  honours: ['KeyId'],
  keeps: ['GrantTokens'],
  handle: async (input, kms) => {
    await kms.ensureManagedKey(input.KeyId)
    return { KeyMetadata: describe(kms, kms.key(input.KeyId)) }
  },
})

/** @throws AwsError InvalidMarkerException */
export const listKeys = operation<KmsState, ListKeysRequest, ListKeysResponse>()({
  honours: [...PAGES],
  handle: (input, kms) => {
    const { items, page } = pageOf(kms.livingKeys(), input)
    return { Keys: items.map(({ id }) => ({ KeyId: id, KeyArn: kms.arn(id) })), ...page }
  },
})

/** @throws AwsError NotFoundException, KMSInvalidStateException */
export const updateKeyDescription = operation<KmsState, UpdateKeyDescriptionRequest, void>()({
  honours: ['KeyId', 'Description'],
  handle: async (input, kms) => {
    const { id } = kms.usableKey(input.KeyId)
    await kms.keys.update(id, (key) => ({ ...key, description: input.Description ?? '' }))
  },
})

/** @throws AwsError NotFoundException, KMSInvalidStateException */
export const enableKey = operation<KmsState, EnableKeyRequest, void>()({
  honours: ['KeyId'],
  handle: (input, kms) => setEnabled(kms, input.KeyId, true),
})

/** @throws AwsError NotFoundException, KMSInvalidStateException */
export const disableKey = operation<KmsState, DisableKeyRequest, void>()({
  honours: ['KeyId'],
  handle: (input, kms) => setEnabled(kms, input.KeyId, false),
})

async function setEnabled(kms: KmsState, keyId: string | undefined, isEnabled: boolean): Promise<void> {
  const { id } = kms.usableKey(keyId)
  await kms.keys.update(id, (key) => ({ ...key, isEnabled }))
}

/**
 * ScheduleKeyDeletion: the key is gone after 30 days, or as many as asked (7 to 30).
 * @throws AwsError NotFoundException, KMSInvalidStateException
 */
export const scheduleKeyDeletion = operation<
  KmsState,
  ScheduleKeyDeletionRequest,
  ScheduleKeyDeletionResponse
>()({
  honours: ['KeyId', 'PendingWindowInDays'],
  handle: async (input, kms) => {
    const days = input.PendingWindowInDays ?? 30
    const { id, manager } = kms.usableKey(input.KeyId)
    if (manager === 'AWS') {
      // "You cannot delete AWS managed keys" (AWS KMS Developer Guide); no source was found for the words.
      throw new AwsError('UnsupportedOperationException', `${kms.arn(id)} is managed by AWS.`)
    }
    const deletedAtMs = kms.deps.clock.now() + days * DAY_MS
    await kms.keys.update(id, (key) => ({ ...key, isEnabled: false, deletedAtMs }))
    return {
      KeyId: kms.arn(id),
      DeletionDate: new Date(deletedAtMs),
      KeyState: 'PendingDeletion',
      PendingWindowInDays: days,
    }
  },
})

/** CancelKeyDeletion: the key comes back disabled. @throws AwsError NotFoundException, KMSInvalidStateException */
export const cancelKeyDeletion = operation<KmsState, CancelKeyDeletionRequest, CancelKeyDeletionResponse>()({
  honours: ['KeyId'],
  handle: async (input, kms) => {
    const { id, deletedAtMs } = kms.key(input.KeyId)
    if (deletedAtMs === undefined) {
      throw new AwsError('KMSInvalidStateException', `${kms.arn(id)} is not pending deletion.`)
    }
    await kms.keys.update(id, ({ deletedAtMs: _deleted, ...key }) => ({ ...key, isEnabled: false }))
    return { KeyId: kms.arn(id) }
  },
})
