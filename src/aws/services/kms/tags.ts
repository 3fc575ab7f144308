// Owns the tags of keys.
import type {
  ListResourceTagsRequest,
  ListResourceTagsResponse,
  Tag,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-kms'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { pageOf, PAGES } from './paging.ts'
import type { KmsState } from './state.ts'

/**
 * Tags by key.
 * @param calledVia the service that the tags come from; CloudFormation marks what it makes by tags of AWS's own
 * @throws AwsError TagException for a key that belongs to AWS
 */
export function recordOf(
  tags: readonly Partial<Record<keyof Tag, string | undefined>>[] | undefined,
  calledVia?: string,
): Record<string, string> {
  const pairs = (tags ?? []).map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue] as const)
  if (calledVia === undefined && pairs.some(([key]) => key.startsWith('aws:'))) {
    throw new AwsError('TagException', 'Tags beginning with aws: are reserved')
  }
  return Object.fromEntries(pairs)
}

/** @throws AwsError NotFoundException */
export const listResourceTags = operation<KmsState, ListResourceTagsRequest, ListResourceTagsResponse>()({
  honours: ['KeyId', ...PAGES],
  handle: (input, kms) => {
    const tags = Object.entries(kms.key(input.KeyId).tags)
    const { items, page } = pageOf(tags, input)
    return { Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...page }
  },
})

/** @throws AwsError NotFoundException, KMSInvalidStateException, TagException */
export const tagResource = operation<KmsState, TagResourceRequest, void>()({
  honours: ['KeyId', 'Tags[].TagKey', 'Tags[].TagValue'],
  handle: async (input, kms) => {
    const { id } = kms.usableKey(input.KeyId)
    const added = recordOf(input.Tags)
    await kms.keys.update(id, (key) => ({ ...key, tags: { ...key.tags, ...added } }))
  },
})

/** @throws AwsError NotFoundException, KMSInvalidStateException */
export const untagResource = operation<KmsState, UntagResourceRequest, void>()({
  honours: ['KeyId', 'TagKeys'],
  handle: async (input, kms) => {
    const { id } = kms.usableKey(input.KeyId)
    await kms.keys.update(id, (key) => {
      const kept = Object.entries(key.tags).filter(([name]) => !input.TagKeys?.includes(name))
      return { ...key, tags: Object.fromEntries(kept) }
    })
  },
})
