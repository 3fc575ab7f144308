// Owns OpenID Connect providers.
import type {
  AddClientIDToOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderResponse,
  DeleteOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderResponse,
  ListOpenIDConnectProvidersRequest,
  ListOpenIDConnectProvidersResponse,
  RemoveClientIDFromOpenIDConnectProviderRequest,
  TagOpenIDConnectProviderRequest,
  UntagOpenIDConnectProviderRequest,
  UpdateOpenIDConnectProviderThumbprintRequest,
} from '@aws-sdk/client-iam'

import { AwsError } from '../../../base/errors.ts'
import { issuerName } from '../../../rules/iam/issuer.ts'
import { operation } from '../../protocol/operation.ts'
import { alreadyExists, limitExceeded, noSuchEntity, validationError } from './errors.ts'
import type { IamState, OidcProviderRecord } from './state.ts'
import { mergeTags, readTags, removeTags, TAGS } from './tags.ts'

// API_CreateOpenIDConnectProvider: up to five thumbprints; "IAM and AWS STS quotas": 100 client ids.
const MOST_THUMBPRINTS = 5
const MOST_CLIENT_IDS = 100

function checkCounts({
  clientIds,
  thumbprints,
}: Pick<OidcProviderRecord, 'clientIds' | 'thumbprints'>): void {
  // It says "fewer than", and takes five.
  if (thumbprints.length > MOST_THUMBPRINTS)
    throw new AwsError('InvalidInput', `Thumbprint list must contain fewer than ${MOST_THUMBPRINTS} entries.`)
  if (clientIds.length > MOST_CLIENT_IDS)
    throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${MOST_CLIENT_IDS}`)
}

function notFound(arn: string | undefined) {
  return noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
}

/**
 * AWS shows a URL without its scheme, and takes none with a port. Those of here have one, and Terraform reads
 * `127.0.0.1:4567/id/…` as a URL of the scheme `127.0.0.1`, so that each plan would replace the provider.
 */
function shownUrl(url: string): string {
  const [authority = ''] = url.split('/')
  return authority.includes(':') ? `https://${url}` : url
}

/** @throws AwsError EntityAlreadyExists, InvalidInput, LimitExceeded, ValidationError */
export const createOpenIDConnectProvider = operation<
  IamState,
  CreateOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderResponse
>()({
  honours: ['Url', 'ClientIDList', ...TAGS],
  // IAM has trusted public roots itself since 2023, so that thumbprints are shown only.
  keeps: ['ThumbprintList'],
  handle: async (input, iam) => {
    const issuer = issuerName(input.Url ?? '')
    if (!issuer) throw validationError('Invalid Open ID Connect Provider URL')
    const { url, name } = issuer
    const provider: OidcProviderRecord = {
      arn: iam.arn('oidc-provider', '/', name),
      url,
      clientIds: input.ClientIDList ?? [],
      thumbprints: input.ThumbprintList ?? [],
      createdAtMs: iam.deps.clock.now(),
      tags: readTags(input.Tags),
    }
    checkCounts(provider)
    if (!(await iam.providers.create(provider.arn, provider))) {
      throw alreadyExists(`Provider with url https://${url} already exists.`)
    }
    return { OpenIDConnectProviderArn: provider.arn, Tags: [...provider.tags] }
  },
})

/** @throws AwsError NoSuchEntity */
export const getOpenIDConnectProvider = operation<
  IamState,
  GetOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderResponse
>()({
  honours: ['OpenIDConnectProviderArn'],
  handle: (input, iam) => {
    const provider = iam.providers.get(input.OpenIDConnectProviderArn ?? '')
    if (!provider) throw notFound(input.OpenIDConnectProviderArn)
    return {
      Url: shownUrl(provider.url),
      ClientIDList: [...provider.clientIds],
      ThumbprintList: [...provider.thumbprints],
      CreateDate: new Date(provider.createdAtMs),
      Tags: [...provider.tags],
    }
  },
})

export const listOpenIDConnectProviders = operation<
  IamState,
  ListOpenIDConnectProvidersRequest,
  ListOpenIDConnectProvidersResponse
>()({
  honours: [],
  handle: (_, iam) => ({ OpenIDConnectProviderList: iam.providers.list().map(({ arn }) => ({ Arn: arn })) }),
})

/** Deleting what is not there succeeds (API_DeleteOpenIDConnectProvider: "This operation is idempotent"). */
export const deleteOpenIDConnectProvider = operation<IamState, DeleteOpenIDConnectProviderRequest, void>()({
  honours: ['OpenIDConnectProviderArn'],
  handle: async (input, iam) => await iam.providers.delete(input.OpenIDConnectProviderArn ?? ''),
})

async function change(
  iam: IamState,
  arn: string | undefined,
  next: (provider: OidcProviderRecord) => Partial<OidcProviderRecord>,
): Promise<void> {
  const changed = await iam.providers.update(arn ?? '', (provider) => {
    const after = { ...provider, ...next(provider) }
    checkCounts(after)
    return after
  })
  if (!changed) throw notFound(arn)
}

/** @throws AwsError NoSuchEntity */
export const tagOpenIDConnectProvider = operation<IamState, TagOpenIDConnectProviderRequest, void>()({
  honours: ['OpenIDConnectProviderArn', ...TAGS],
  handle: (input, iam) =>
    change(iam, input.OpenIDConnectProviderArn, ({ tags }) => ({ tags: mergeTags(tags, input.Tags) })),
})

/** @throws AwsError NoSuchEntity */
export const untagOpenIDConnectProvider = operation<IamState, UntagOpenIDConnectProviderRequest, void>()({
  honours: ['OpenIDConnectProviderArn', 'TagKeys'],
  handle: (input, iam) =>
    change(iam, input.OpenIDConnectProviderArn, ({ tags }) => ({ tags: removeTags(tags, input.TagKeys) })),
})

/** Adding one that is there is no error ("This operation is idempotent"). @throws AwsError LimitExceeded, NoSuchEntity */
export const addClientIDToOpenIDConnectProvider = operation<
  IamState,
  AddClientIDToOpenIDConnectProviderRequest,
  void
>()({
  honours: ['OpenIDConnectProviderArn', 'ClientID'],
  handle: (input, iam) =>
    change(iam, input.OpenIDConnectProviderArn, ({ clientIds }) => ({
      clientIds: [...new Set([...clientIds, input.ClientID ?? ''])],
    })),
})

/** Removing one that is not there is no error ("This operation is idempotent"). @throws AwsError NoSuchEntity */
export const removeClientIDFromOpenIDConnectProvider = operation<
  IamState,
  RemoveClientIDFromOpenIDConnectProviderRequest,
  void
>()({
  honours: ['OpenIDConnectProviderArn', 'ClientID'],
  handle: (input, iam) =>
    change(iam, input.OpenIDConnectProviderArn, ({ clientIds }) => ({
      clientIds: clientIds.filter((id) => id !== input.ClientID),
    })),
})

/** The new list takes the place of the old one. @throws AwsError InvalidInput, NoSuchEntity */
export const updateOpenIDConnectProviderThumbprint = operation<
  IamState,
  UpdateOpenIDConnectProviderThumbprintRequest,
  void
>()({
  honours: ['OpenIDConnectProviderArn'],
  keeps: ['ThumbprintList'],
  handle: (input, iam) =>
    change(iam, input.OpenIDConnectProviderArn, () => ({ thumbprints: input.ThumbprintList ?? [] })),
})
