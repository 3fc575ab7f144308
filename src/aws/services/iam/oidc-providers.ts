// Owns OpenID Connect providers.
import type {
  CreateOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderResponse,
  DeleteOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderResponse,
  ListOpenIDConnectProvidersRequest,
  ListOpenIDConnectProvidersResponse,
  TagOpenIDConnectProviderRequest,
} from '@aws-sdk/client-iam'

import { operation } from '../../protocol/operation.ts'
import { alreadyExists, noSuchEntity, validationError } from './errors.ts'
import type { IamState, OidcProviderRecord } from './state.ts'
import { mergeTags, readTags, TAGS } from './tags.ts'

/**
 * Host and path of an issuer: the scheme and port 443 go (eksctl always sends the port).
 * @throws AwsError ValidationError for what is no https URL
 */
export function issuerHostPath(url: string): string {
  if (!URL.canParse(url) || !url.startsWith('https://')) {
    throw validationError('Invalid Open ID Connect Provider URL')
  }
  const { host, pathname } = new URL(url)
  return host + (pathname === '/' ? '' : pathname.replace(/\/$/, ''))
}

function notFound(arn: string | undefined) {
  return noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
}

/** @throws AwsError EntityAlreadyExists, ValidationError */
export const createOpenIDConnectProvider = operation<
  IamState,
  CreateOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderResponse
>()({
  honours: ['Url', 'ClientIDList', ...TAGS],
  // IAM has trusted public roots itself since 2023, so that thumbprints are shown only.
  keeps: ['ThumbprintList'],
  handle: async (input, iam) => {
    const url = issuerHostPath(input.Url ?? '')
    const provider: OidcProviderRecord = {
      arn: iam.arn('oidc-provider', '/', url),
      url,
      clientIds: input.ClientIDList ?? [],
      thumbprints: input.ThumbprintList ?? [],
      createdAtMs: iam.deps.clock.now(),
      tags: readTags(input.Tags),
    }
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
      Url: provider.url,
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

/** @throws AwsError NoSuchEntity */
export const tagOpenIDConnectProvider = operation<IamState, TagOpenIDConnectProviderRequest, void>()({
  honours: ['OpenIDConnectProviderArn', ...TAGS],
  handle: async (input, iam) => {
    const { OpenIDConnectProviderArn: arn = '' } = input
    const changed = await iam.providers.update(arn, (provider) => ({
      ...provider,
      tags: mergeTags(provider.tags, input.Tags),
    }))
    if (!changed) throw notFound(arn)
  },
})
