// Owns grants: who else may use a key. They are kept and shown; nobody is refused for want of one.
import type {
  CreateGrantRequest,
  CreateGrantResponse,
  GrantListEntry,
  ListGrantsRequest,
  ListGrantsResponse,
  ListRetirableGrantsRequest,
  RetireGrantRequest,
  RevokeGrantRequest,
} from '@aws-sdk/client-kms'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { pageOf, PAGES } from './paging.ts'
import { notFound, type GrantRecord, type KmsState } from './state.ts'
import { enabledKey } from './use-key.ts'

/** @throws AwsError NotFoundException, DisabledException, KMSInvalidStateException */
export const createGrant = operation<KmsState, CreateGrantRequest, CreateGrantResponse>()({
  honours: ['KeyId', 'Name'],
  keeps: [
    'GranteePrincipal',
    'RetiringPrincipal',
    'Operations',
    'Constraints.EncryptionContextSubset',
    'Constraints.EncryptionContextEquals',
    'GrantTokens',
  ],
  handle: async (input, kms) => {
    const { clock, ids, store } = kms.deps
    return await store.transact((tx) => {
      const { id: keyId } = enabledKey(kms, input.KeyId)
      // "When you use a name, a repeated request returns the grant that is there" (API_CreateGrant, Name).
      const same = kms.grants
        .list(`${keyId}/`)
        .find(
          ({ name, granteePrincipal, operations }) =>
            name !== undefined &&
            name === input.Name &&
            granteePrincipal === input.GranteePrincipal &&
            String(operations) === String(input.Operations),
        )
      if (same) return { GrantId: same.id, GrantToken: same.token }
      const grant: GrantRecord = {
        id: ids.hex(64),
        token: Buffer.from(ids.hex(64)).toString('base64'),
        keyId,
        ...(input.Name === undefined ? {} : { name: input.Name }),
        granteePrincipal: input.GranteePrincipal ?? '',
        ...(input.RetiringPrincipal === undefined ? {} : { retiringPrincipal: input.RetiringPrincipal }),
        operations: input.Operations ?? [],
        ...(input.Constraints === undefined ? {} : { constraints: input.Constraints }),
        createdAtMs: clock.now(),
      }
      kms.grants.putIn(tx, `${keyId}/${grant.id}`, grant)
      return { GrantId: grant.id, GrantToken: grant.token }
    })
  },
})

function describe(kms: KmsState, grant: GrantRecord): GrantListEntry {
  return {
    KeyId: kms.arn(grant.keyId),
    GrantId: grant.id,
    Name: grant.name,
    CreationDate: new Date(grant.createdAtMs),
    GranteePrincipal: grant.granteePrincipal,
    RetiringPrincipal: grant.retiringPrincipal,
    IssuingAccount: `arn:aws:iam::${kms.deps.accountId}:root`,
    // They came from a request that was checked against the same enumeration.
    Operations: [...grant.operations] as GrantListEntry['Operations'],
    Constraints: grant.constraints,
  }
}

/** @throws AwsError NotFoundException, InvalidMarkerException */
export const listGrants = operation<KmsState, ListGrantsRequest, ListGrantsResponse>()({
  honours: ['KeyId', 'GrantId', 'GranteePrincipal', ...PAGES],
  handle: (input, kms) => {
    const { id } = kms.key(input.KeyId)
    const found = kms.grants
      .list(`${id}/`)
      .filter((grant) => input.GrantId === undefined || grant.id === input.GrantId)
      .filter(
        ({ granteePrincipal }) =>
          input.GranteePrincipal === undefined || granteePrincipal === input.GranteePrincipal,
      )
    const { items, page } = pageOf(found, input)
    return { Grants: items.map((grant) => describe(kms, grant)), ...page }
  },
})

/** @throws AwsError InvalidMarkerException */
export const listRetirableGrants = operation<KmsState, ListRetirableGrantsRequest, ListGrantsResponse>()({
  honours: ['RetiringPrincipal', ...PAGES],
  handle: (input, kms) => {
    const found = kms.grants
      .list()
      .filter(({ retiringPrincipal }) => retiringPrincipal === input.RetiringPrincipal)
    const { items, page } = pageOf(found, input)
    return { Grants: items.map((grant) => describe(kms, grant)), ...page }
  },
})

/** @throws AwsError NotFoundException */
export const revokeGrant = operation<KmsState, RevokeGrantRequest, void>()({
  honours: ['KeyId', 'GrantId'],
  handle: async (input, kms) => {
    await kms.deps.store.transact((tx) => {
      const key = `${kms.key(input.KeyId).id}/${input.GrantId}`
      if (!kms.grants.deleteIn(tx, key)) throw notFound(`Grant ID ${input.GrantId} not found`)
    })
  },
})

/** RetireGrant: by its token, or by key and id. @throws AwsError NotFoundException, InvalidGrantTokenException */
export const retireGrant = operation<KmsState, RetireGrantRequest, void>()({
  honours: ['GrantToken', 'KeyId', 'GrantId'],
  handle: async (input, kms) => {
    await kms.deps.store.transact((tx) => {
      const grant = kms.grants
        .list()
        .find(({ token, id }) => (input.GrantToken ? token === input.GrantToken : id === input.GrantId))
      if (!grant && input.GrantToken)
        throw new AwsError('InvalidGrantTokenException', 'Grant token is not valid')
      if (!grant) throw notFound(`Grant ID ${input.GrantId} not found`)
      kms.grants.deleteIn(tx, `${grant.keyId}/${grant.id}`)
    })
  },
})
