// Owns OpenID Connect providers.
import type {
  CreateOpenIDConnectProviderRequest,
  CreateOpenIDConnectProviderResponse,
  DeleteOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderRequest,
  GetOpenIDConnectProviderResponse,
  ListOpenIDConnectProvidersResponse,
  TagOpenIDConnectProviderRequest,
} from '@aws-sdk/client-iam'

import { alreadyExists, noSuchEntity, validationError } from './errors.ts'
import type { IamState, OidcProviderRecord } from './state.ts'
import { mergeTags, readTags } from './tags.ts'

/** Host and path of an issuer: the scheme and port 443 go (eksctl always sends the port). */
export function issuerHostPath(url: string): string {
  if (!URL.canParse(url) || !url.startsWith('https://')) {
    throw validationError('Invalid Open ID Connect Provider URL')
  }
  const { host, pathname } = new URL(url)
  return host + (pathname === '/' ? '' : pathname.replace(/\/$/, ''))
}

function find(iam: IamState, arn: string | undefined): OidcProviderRecord {
  const provider = iam.providers.get(arn ?? '')
  if (!provider) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
  return provider
}

export async function createOpenIDConnectProvider(
  input: CreateOpenIDConnectProviderRequest,
  iam: IamState,
): Promise<CreateOpenIDConnectProviderResponse> {
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
}

export function getOpenIDConnectProvider(
  input: GetOpenIDConnectProviderRequest,
  iam: IamState,
): GetOpenIDConnectProviderResponse {
  const provider = find(iam, input.OpenIDConnectProviderArn)
  return {
    Url: provider.url,
    ClientIDList: [...provider.clientIds],
    ThumbprintList: [...provider.thumbprints],
    CreateDate: new Date(provider.createdAtMs),
    Tags: [...provider.tags],
  }
}

export function listOpenIDConnectProviders(_: object, iam: IamState): ListOpenIDConnectProvidersResponse {
  return { OpenIDConnectProviderList: iam.providers.list().map(({ arn }) => ({ Arn: arn })) }
}

/** Deleting what is not there succeeds (API_DeleteOpenIDConnectProvider: "This operation is idempotent"). */
export async function deleteOpenIDConnectProvider(
  input: DeleteOpenIDConnectProviderRequest,
  iam: IamState,
): Promise<void> {
  await iam.providers.delete(input.OpenIDConnectProviderArn ?? '')
}

export async function tagOpenIDConnectProvider(
  input: TagOpenIDConnectProviderRequest,
  iam: IamState,
): Promise<void> {
  const { arn } = find(iam, input.OpenIDConnectProviderArn)
  await iam.providers.update(arn, (provider) => ({ ...provider, tags: mergeTags(provider.tags, input.Tags) }))
}
