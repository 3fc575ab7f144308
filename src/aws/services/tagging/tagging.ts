// Owns the Resource Groups Tagging API: resources of all services by their tags, and their tags changed together.
// Source: Resource Groups Tagging API reference.
import type {
  FailureInfo,
  GetResourcesInput,
  GetResourcesOutput,
  GetTagKeysInput,
  GetTagKeysOutput,
  GetTagValuesInput,
  GetTagValuesOutput,
  TagFilter,
  TagResourcesInput,
  TagResourcesOutput,
  UntagResourcesInput,
  UntagResourcesOutput,
} from '@aws-sdk/client-resource-groups-tagging-api'

import { parseArn } from '../../../base/arn.ts'
import { AwsError, isRefusal } from '../../../base/errors.ts'
import { own } from '../../../base/json.ts'
import { operation } from '../../protocol/operation.ts'
import { paginate } from '../../protocol/paging.ts'
import type { Principal, ServiceDeps } from '../../protocol/service.ts'
import { sourceOf, sources, type Ask, type Call, type Source, type TaggedResource } from './sources.ts'

/** What handlers work with. */
export type Tagging = Pick<ServiceDeps, 'caller' | 'region' | 'accountId'>

const TOKEN_CODE = 'PaginationTokenExpiredException'
/** ResourcesPerPage and the pages of keys and values, where the request names no size. */
const PAGE = 100

// Listing is the API's own right, `tag:GetResources`: nothing further is asked of the one who calls.
async function tagged(tagging: Tagging, wanted: readonly Source[] = sources()): Promise<TaggedResource[]> {
  const ask: Ask = (service, operation, input = {}) => tagging.caller.call(service, operation, input)
  const lists = await Promise.all(wanted.map((source) => source.list(ask, tagging)))
  return lists
    .flat()
    .filter(({ tags }) => Object.keys(tags).length > 0)
    .toSorted((a, b) => (a.arn < b.arn ? -1 : 1))
}

/** GetResources: those that have tags. @throws AwsError InvalidParameterException, PaginationTokenExpiredException */
export const getResources = operation<Tagging, GetResourcesInput, GetResourcesOutput>()({
  honours: [
    'PaginationToken',
    'ResourcesPerPage',
    'TagFilters[].Key',
    'TagFilters[].Values',
    'ResourceTypeFilters',
    'ResourceARNList',
  ],
  // Here a page is full when it has its resources, however many tags they have.
  keeps: ['TagsPerPage'],
  handle: async (input, tagging) => {
    const { ResourceARNList: arns, ResourceTypeFilters: types = [], TagFilters: filters = [] } = input
    if (arns?.length && (types.length > 0 || filters.length > 0 || input.ResourcesPerPage !== undefined)) {
      throw invalid(
        'ResourceARNList cannot be used with ResourceTypeFilters, TagFilters or ResourcesPerPage.',
      )
    }
    const services = new Set([...types, ...(arns ?? []).map((arn) => parseArn(arn)?.service ?? '')])
    const asked = [...services].map((type) => type.split(':')[0])
    const wanted = sources().filter(({ service }) => asked.length === 0 || asked.includes(service))
    const found = (await tagged(tagging, wanted)).filter(
      (resource) =>
        (!arns?.length || arns.includes(resource.arn)) &&
        (types.length === 0 || types.some((type) => isOfType(resource, type))) &&
        filters.every((filter) => hasTag(resource, filter)),
    )
    const { items, token = '' } = page(found, input.PaginationToken, input.ResourcesPerPage)
    return {
      PaginationToken: token,
      ResourceTagMappingList: items.map(({ arn, tags }) => ({
        ResourceARN: arn,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      })),
    }
  },
})

/** `ec2` takes all of a service, `ec2:instance` a type, `elasticloadbalancing:loadbalancer/net` what begins so. */
function isOfType({ arn }: TaggedResource, filter: string): boolean {
  const { service = '', resource = '' } = parseArn(arn) ?? {}
  const [wanted, type] = filter.split(':')
  if (wanted !== service) return false
  return type === undefined || resource.startsWith(`${type}/`) || resource.startsWith(`${type}:`)
}

function hasTag({ tags }: TaggedResource, { Key = '', Values = [] }: TagFilter): boolean {
  const value = own(tags, Key)
  return value !== undefined && (Values.length === 0 || Values.includes(value))
}

function page<T>(items: readonly T[], token: string | undefined, limit: number | undefined) {
  return paginate(items, {
    // An empty token is none, as the answer to the last page has one.
    token: token === '' ? undefined : token,
    limit,
    defaultLimit: PAGE,
    tokenCode: TOKEN_CODE,
  })
}

/** GetTagKeys: every key that a resource has. @throws AwsError PaginationTokenExpiredException */
export const getTagKeys = operation<Tagging, GetTagKeysInput, GetTagKeysOutput>()({
  honours: ['PaginationToken'],
  handle: async (input, tagging) => {
    const keys = (await tagged(tagging)).flatMap(({ tags }) => Object.keys(tags))
    const { items, token = '' } = page([...new Set(keys)].toSorted(), input.PaginationToken, undefined)
    return { PaginationToken: token, TagKeys: items }
  },
})

/** GetTagValues: every value that a key has. @throws AwsError PaginationTokenExpiredException */
export const getTagValues = operation<Tagging, GetTagValuesInput, GetTagValuesOutput>()({
  honours: ['PaginationToken', 'Key'],
  handle: async (input, tagging) => {
    const values = (await tagged(tagging)).flatMap(({ tags }) => own(tags, input.Key ?? '') ?? [])
    const { items, token = '' } = page([...new Set(values)].toSorted(), input.PaginationToken, undefined)
    return { PaginationToken: token, TagValues: items }
  },
})

/** TagResources. What a service refuses stands beside what it did. */
export const tagResources = operation<Tagging, TagResourcesInput, TagResourcesOutput>()({
  honours: ['ResourceARNList', 'Tags'],
  handle: async (input, tagging, { principal }) => {
    const { ResourceARNList: arns = [], Tags: tags = {} } = input
    return await changeEach(tagging, { arns, principal, change: (source, arn) => source.tag(arn, tags) })
  },
})

/** UntagResources. What a service refuses stands beside what it did. */
export const untagResources = operation<Tagging, UntagResourcesInput, UntagResourcesOutput>()({
  honours: ['ResourceARNList', 'TagKeys'],
  handle: async (input, tagging, { principal }) => {
    const { ResourceARNList: arns = [], TagKeys: keys = [] } = input
    return await changeEach(tagging, { arns, principal, change: (source, arn) => source.untag(arn, keys) })
  },
})

interface Change {
  readonly arns: readonly string[]
  /** "You must also have the permission of the service to tag": the calls are made for them. */
  readonly principal: Principal
  readonly change: (source: Source, arn: string) => Call
}

async function changeEach(
  { caller }: Tagging,
  { arns, principal, change }: Change,
): Promise<{ FailedResourcesMap: Record<string, FailureInfo> }> {
  const failed: Record<string, FailureInfo> = {}
  for (const arn of arns) {
    const source = sourceOf(arn)
    if (!source) {
      const ErrorMessage = `${arn} is of a service that this API does not tag near.`
      failed[arn] = { StatusCode: 400, ErrorCode: 'InvalidParameterException', ErrorMessage }
      continue
    }
    try {
      await caller.call(...change(source, arn), { principal })
    } catch (error) {
      if (!isRefusal(error)) throw error
      failed[arn] = {
        StatusCode: 400,
        ErrorCode: 'InvalidParameterException',
        ErrorMessage: `${error.code}: ${error.message}`,
      }
    }
  }
  return { FailedResourcesMap: failed }
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}
