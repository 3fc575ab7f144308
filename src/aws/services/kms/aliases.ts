// Owns aliases: second names of keys.
import type {
  AliasListEntry,
  CreateAliasRequest,
  DeleteAliasRequest,
  ListAliasesRequest,
  ListAliasesResponse,
  UpdateAliasRequest,
} from '@aws-sdk/client-kms'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { pageOf, PAGES } from './paging.ts'
import { notFound, validation, type AliasRecord, type KmsState } from './state.ts'

// API_CreateAlias: letters, digits, `/_-` after `alias/`, and nothing under `alias/aws/`.
function checkName(name: string): void {
  if (!name.startsWith('alias/') || name === 'alias/') throw validation('Invalid identifier')
  if (name.startsWith('alias/aws/'))
    throw new AwsError('NotAuthorizedException', 'Names that begin with alias/aws/ are reserved.')
  if (!/^alias\/[a-zA-Z0-9/_-]+$/.test(name)) {
    throw validation(`Alias must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$`)
  }
}

function keyOf(name: string): string {
  return encodeURIComponent(name)
}

// A target is a key, never another alias.
function targetOf(kms: KmsState, target: string | undefined): string {
  if (target?.includes('alias/')) throw validation('Aliases must refer to keys. Not aliases')
  return kms.usableKey(target).id
}

/** @throws AwsError AlreadyExistsException, NotFoundException, KMSInvalidStateException, ValidationException */
export const createAlias = operation<KmsState, CreateAliasRequest, void>()({
  honours: ['AliasName', 'TargetKeyId'],
  handle: async (input, kms) => {
    const { AliasName: name = '' } = input
    checkName(name)
    await kms.deps.store.transact((tx) => {
      const keyId = targetOf(kms, input.TargetKeyId)
      if (kms.alias(name)) {
        throw new AwsError(
          'AlreadyExistsException',
          `An alias with the name ${kms.aliasArn(name)} already exists`,
        )
      }
      const at = kms.deps.clock.now()
      kms.aliases.putIn(tx, keyOf(name), { name, keyId, createdAtMs: at, updatedAtMs: at })
    })
  },
})

/** @throws AwsError NotFoundException, KMSInvalidStateException */
export const updateAlias = operation<KmsState, UpdateAliasRequest, void>()({
  honours: ['AliasName', 'TargetKeyId'],
  handle: async (input, kms) => {
    const { AliasName: name = '' } = input
    await kms.deps.store.transact((tx) => {
      const alias = needAlias(kms, name)
      const keyId = targetOf(kms, input.TargetKeyId)
      kms.aliases.putIn(tx, keyOf(name), { ...alias, keyId, updatedAtMs: kms.deps.clock.now() })
    })
  },
})

/** @throws AwsError NotFoundException */
export const deleteAlias = operation<KmsState, DeleteAliasRequest, void>()({
  honours: ['AliasName'],
  handle: async (input, kms) => {
    const { AliasName: name = '' } = input
    checkName(name)
    await kms.deps.store.transact((tx) => {
      needAlias(kms, name)
      kms.aliases.deleteIn(tx, keyOf(name))
    })
  },
})

function needAlias(kms: KmsState, name: string): AliasRecord {
  const alias = kms.alias(name)
  if (!alias) throw notFound(`Alias ${kms.aliasArn(name)} is not found.`)
  return alias
}

/** ListAliases: those of one key, or all. @throws AwsError NotFoundException, InvalidMarkerException */
export const listAliases = operation<KmsState, ListAliasesRequest, ListAliasesResponse>()({
  honours: ['KeyId', ...PAGES],
  handle: (input, kms) => {
    const id = input.KeyId === undefined ? undefined : kms.key(input.KeyId).id
    const living = new Set(kms.livingKeys().map((key) => key.id))
    const found = kms.aliases
      .list()
      .filter(({ keyId }) => living.has(keyId))
      .filter(({ keyId }) => id === undefined || keyId === id)
    const { items, page } = pageOf(found, input)
    return { Aliases: items.map((alias) => describe(kms, alias)), ...page }
  },
})

function describe(kms: KmsState, alias: AliasRecord): AliasListEntry {
  return {
    AliasName: alias.name,
    AliasArn: kms.aliasArn(alias.name),
    TargetKeyId: alias.keyId,
    CreationDate: new Date(alias.createdAtMs),
    LastUpdatedDate: new Date(alias.updatedAtMs),
  }
}
