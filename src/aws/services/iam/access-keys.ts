// Owns access keys of users.
import type {
  AccessKey,
  CreateAccessKeyRequest,
  CreateAccessKeyResponse,
  DeleteAccessKeyRequest,
  GetAccessKeyLastUsedRequest,
  GetAccessKeyLastUsedResponse,
  ListAccessKeysRequest,
  ListAccessKeysResponse,
  UpdateAccessKeyRequest,
} from '@aws-sdk/client-iam'

import type { Writer } from '../../../store/store.ts'
import { operation } from '../../protocol/operation.ts'
import { limitExceeded, noSuchEntity } from './errors.ts'
import { pageOf, PAGES } from './paging.ts'
import type { AccessKeyRecord, IamState } from './state.ts'
import { findUser, userNameOf } from './users.ts'

/** "IAM and AWS STS quotas": access keys of a user. */
const MAX_KEYS = 2

function keysOf(iam: IamState, userName: string): readonly AccessKeyRecord[] {
  return iam.keys.list().filter((key) => key.userName === userName)
}

function statusOf({ isInactive }: AccessKeyRecord): NonNullable<AccessKey['Status']> {
  return isInactive ? 'Inactive' : 'Active'
}

function findKey(iam: IamState, userName: string, id: string | undefined): AccessKeyRecord {
  const key = iam.keys.get(id ?? '')
  if (key?.userName !== userName) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`)
  return key
}

/** Makes a key for a user that is there. */
export function insertKey(tx: Writer, iam: IamState, userName: string): AccessKeyRecord {
  const { clock, ids } = iam.deps
  // 40 characters, as AWS secrets are.
  const secretAccessKey = ids.hex(40)
  const key = { accessKeyId: `AKIA${ids.upper(16)}`, secretAccessKey, userName, createdAtMs: clock.now() }
  iam.keys.putIn(tx, key.accessKeyId, key)
  return key
}

/** The secret is shown this once. @throws AwsError NoSuchEntity, LimitExceeded, ValidationError */
export const createAccessKey = operation<IamState, CreateAccessKeyRequest, CreateAccessKeyResponse>()({
  honours: ['UserName'],
  handle: async (input, iam, { principal }) => {
    const userName = userNameOf(iam, input.UserName, principal)
    const key = await iam.deps.store.transact((tx) => {
      findUser(iam, userName)
      if (keysOf(iam, userName).length >= MAX_KEYS) {
        throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${MAX_KEYS}`)
      }
      return insertKey(tx, iam, userName)
    })
    return {
      AccessKey: {
        UserName: userName,
        AccessKeyId: key.accessKeyId,
        Status: statusOf(key),
        SecretAccessKey: key.secretAccessKey,
        CreateDate: new Date(key.createdAtMs),
      },
    }
  },
})

/** @throws AwsError NoSuchEntity, ValidationError */
export const listAccessKeys = operation<IamState, ListAccessKeysRequest, ListAccessKeysResponse>()({
  honours: ['UserName', ...PAGES],
  handle: (input, iam, { principal }) => {
    const { name } = findUser(iam, userNameOf(iam, input.UserName, principal))
    const { items, more } = pageOf(keysOf(iam, name), input)
    return {
      AccessKeyMetadata: items.map((key) => ({
        UserName: name,
        AccessKeyId: key.accessKeyId,
        Status: statusOf(key),
        CreateDate: new Date(key.createdAtMs),
      })),
      ...more,
    }
  },
})

/** Nobody can sign with an inactive key. @throws AwsError NoSuchEntity, ValidationError */
export const updateAccessKey = operation<IamState, UpdateAccessKeyRequest, void>()({
  honours: ['UserName', 'AccessKeyId', 'Status'],
  handle: async (input, iam, { principal }) => {
    const { name } = findUser(iam, userNameOf(iam, input.UserName, principal))
    await iam.deps.store.transact((tx) => {
      const key = findKey(iam, name, input.AccessKeyId)
      iam.keys.putIn(tx, key.accessKeyId, { ...key, isInactive: input.Status !== 'Active' })
    })
  },
})

/** @throws AwsError NoSuchEntity, ValidationError */
export const deleteAccessKey = operation<IamState, DeleteAccessKeyRequest, void>()({
  honours: ['UserName', 'AccessKeyId'],
  handle: async (input, iam, { principal }) => {
    const { name } = findUser(iam, userNameOf(iam, input.UserName, principal))
    await iam.deps.store.transact((tx) => {
      iam.keys.deleteIn(tx, findKey(iam, name, input.AccessKeyId).accessKeyId)
    })
  },
})

/** Nobody keeps a record of when a key was used. @throws AwsError NoSuchEntity */
export const getAccessKeyLastUsed = operation<
  IamState,
  GetAccessKeyLastUsedRequest,
  GetAccessKeyLastUsedResponse
>()({
  honours: ['AccessKeyId'],
  handle: (input, iam) => {
    const key = iam.keys.get(input.AccessKeyId ?? '')
    if (!key) throw noSuchEntity(`The Access Key with id ${input.AccessKeyId} cannot be found.`)
    const { lastUsed } = key
    return {
      UserName: key.userName,
      AccessKeyLastUsed: {
        ...(lastUsed ? { LastUsedDate: new Date(lastUsed.atMs) } : {}),
        ServiceName: lastUsed?.service ?? 'N/A',
        Region: lastUsed?.region ?? 'N/A',
      },
    }
  },
})
