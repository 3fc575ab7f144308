// Owns SAML providers: kept as records, as no assertion is ever checked here.
import type {
  CreateSAMLProviderRequest,
  CreateSAMLProviderResponse,
  DeleteSAMLProviderRequest,
  GetSAMLProviderRequest,
  GetSAMLProviderResponse,
  ListSAMLProvidersRequest,
  ListSAMLProvidersResponse,
  ListSAMLProviderTagsRequest,
  ListSAMLProviderTagsResponse,
  TagSAMLProviderRequest,
  UntagSAMLProviderRequest,
  UpdateSAMLProviderRequest,
  UpdateSAMLProviderResponse,
} from '@aws-sdk/client-iam'

import { operation } from '../../protocol/operation.ts'
import { alreadyExists, noSuchEntity } from './errors.ts'
import { pageOf, PAGES } from './paging.ts'
import type { IamState, SamlProviderRecord } from './state.ts'
import { mergeTags, readTags, removeTags, TAGS } from './tags.ts'

// A provider's keys are good for a hundred years unless its metadata says otherwise (API_CreateSAMLProvider, example).
const VALID_YEARS = 100

function find(iam: IamState, arn: string | undefined): SamlProviderRecord {
  const provider = iam.samlProviders.get(arn ?? '')
  if (!provider) throw notFound(arn)
  return provider
}

function notFound(arn: string | undefined) {
  return noSuchEntity(`SAMLProvider ${arn} not found`)
}

function validUntil({ createdAtMs }: SamlProviderRecord): Date {
  const until = new Date(createdAtMs)
  until.setUTCFullYear(until.getUTCFullYear() + VALID_YEARS)
  return until
}

async function change(
  iam: IamState,
  arn: string | undefined,
  next: (provider: SamlProviderRecord) => Partial<SamlProviderRecord>,
): Promise<void> {
  const changed = await iam.samlProviders.update(arn ?? '', (each) => ({ ...each, ...next(each) }))
  if (!changed) throw notFound(arn)
}

/** @throws AwsError EntityAlreadyExists */
export const createSAMLProvider = operation<
  IamState,
  CreateSAMLProviderRequest,
  CreateSAMLProviderResponse
>()({
  honours: ['Name', ...TAGS],
  keeps: ['SAMLMetadataDocument'],
  handle: async (input, iam) => {
    const { Name: name = '', SAMLMetadataDocument: document = '' } = input
    const arn = iam.arn('saml-provider', '/', name)
    const createdAtMs = iam.deps.clock.now()
    const provider = { arn, name, document, createdAtMs, tags: readTags(input.Tags) }
    if (!(await iam.samlProviders.create(arn, provider))) {
      throw alreadyExists(`SAML provider with name ${name} already exists.`)
    }
    return { SAMLProviderArn: arn, ...(provider.tags.length > 0 ? { Tags: [...provider.tags] } : {}) }
  },
})

/** @throws AwsError NoSuchEntity */
export const getSAMLProvider = operation<IamState, GetSAMLProviderRequest, GetSAMLProviderResponse>()({
  honours: ['SAMLProviderArn'],
  handle: (input, iam) => {
    const provider = find(iam, input.SAMLProviderArn)
    return {
      SAMLMetadataDocument: provider.document,
      CreateDate: new Date(provider.createdAtMs),
      ValidUntil: validUntil(provider),
      Tags: [...provider.tags],
    }
  },
})

export const listSAMLProviders = operation<IamState, ListSAMLProvidersRequest, ListSAMLProvidersResponse>()({
  honours: [],
  handle: (_, iam) => ({
    SAMLProviderList: iam.samlProviders.list().map((provider) => ({
      Arn: provider.arn,
      CreateDate: new Date(provider.createdAtMs),
      ValidUntil: validUntil(provider),
    })),
  }),
})

/** @throws AwsError NoSuchEntity */
export const updateSAMLProvider = operation<
  IamState,
  UpdateSAMLProviderRequest,
  UpdateSAMLProviderResponse
>()({
  honours: ['SAMLProviderArn'],
  // A provider has no private keys here, so that there is none to remove.
  keeps: ['SAMLMetadataDocument', 'RemovePrivateKey'],
  handle: async (input, iam) => {
    const { SAMLProviderArn: arn, SAMLMetadataDocument: document } = input
    await change(iam, arn, () => (document === undefined ? {} : { document }))
    return { SAMLProviderArn: arn }
  },
})

/** @throws AwsError NoSuchEntity */
export const deleteSAMLProvider = operation<IamState, DeleteSAMLProviderRequest, void>()({
  honours: ['SAMLProviderArn'],
  handle: async (input, iam) => {
    await iam.deps.store.transact((tx) => {
      iam.samlProviders.deleteIn(tx, find(iam, input.SAMLProviderArn).arn)
    })
  },
})

/** @throws AwsError NoSuchEntity */
export const tagSAMLProvider = operation<IamState, TagSAMLProviderRequest, void>()({
  honours: ['SAMLProviderArn', ...TAGS],
  handle: (input, iam) =>
    change(iam, input.SAMLProviderArn, ({ tags }) => ({ tags: mergeTags(tags, input.Tags) })),
})

/** @throws AwsError NoSuchEntity */
export const untagSAMLProvider = operation<IamState, UntagSAMLProviderRequest, void>()({
  honours: ['SAMLProviderArn', 'TagKeys'],
  handle: (input, iam) =>
    change(iam, input.SAMLProviderArn, ({ tags }) => ({ tags: removeTags(tags, input.TagKeys) })),
})

/** @throws AwsError NoSuchEntity */
export const listSAMLProviderTags = operation<
  IamState,
  ListSAMLProviderTagsRequest,
  ListSAMLProviderTagsResponse
>()({
  honours: ['SAMLProviderArn', ...PAGES],
  handle: (input, iam) => {
    const { items, more } = pageOf(find(iam, input.SAMLProviderArn).tags, input)
    return { Tags: items, ...more }
  },
})
