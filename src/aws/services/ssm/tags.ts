// Owns the tags of parameters.
import type {
  AddTagsToResourceRequest,
  AddTagsToResourceResult,
  ListTagsForResourceRequest,
  ListTagsForResourceResult,
  RemoveTagsFromResourceRequest,
  RemoveTagsFromResourceResult,
  Tag,
} from '@aws-sdk/client-ssm'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { keyOf, type ParameterRecord, type SsmState } from './state.ts'

/** Tags by key. */
export function recordOf(
  tags: readonly Partial<Record<keyof Tag, string | undefined>>[] | undefined,
): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
}

function tagged(
  ssm: SsmState,
  {
    ResourceType: type,
    ResourceId: id = '',
  }: { ResourceType?: string | undefined; ResourceId?: string | undefined },
): ParameterRecord {
  if (type !== 'Parameter') {
    throw new AwsError('InvalidResourceType', `${type} is not emulated by Neargate: only Parameter is.`)
  }
  const record = ssm.parameters.get(keyOf(id))
  if (!record)
    throw new AwsError(
      'InvalidResourceId',
      'The resource ID is not valid. Verify that you entered the correct ID and try again.',
    )
  return record
}

/** @throws AwsError InvalidResourceType, InvalidResourceId */
export const addTagsToResource = operation<SsmState, AddTagsToResourceRequest, AddTagsToResourceResult>()({
  honours: ['ResourceType', 'ResourceId', 'Tags[].Key', 'Tags[].Value'],
  handle: async (input, ssm) => {
    const { name } = tagged(ssm, input)
    const added = recordOf(input.Tags)
    await ssm.parameters.update(keyOf(name), (record) => ({ ...record, tags: { ...record.tags, ...added } }))
    return {}
  },
})

/** @throws AwsError InvalidResourceType, InvalidResourceId */
export const removeTagsFromResource = operation<
  SsmState,
  RemoveTagsFromResourceRequest,
  RemoveTagsFromResourceResult
>()({
  honours: ['ResourceType', 'ResourceId', 'TagKeys'],
  handle: async (input, ssm) => {
    const { name } = tagged(ssm, input)
    await ssm.parameters.update(keyOf(name), (record) => {
      const kept = Object.entries(record.tags).filter(([key]) => !input.TagKeys?.includes(key))
      return { ...record, tags: Object.fromEntries(kept) }
    })
    return {}
  },
})

/** @throws AwsError InvalidResourceType, InvalidResourceId */
export const listTagsForResource = operation<
  SsmState,
  ListTagsForResourceRequest,
  ListTagsForResourceResult
>()({
  honours: ['ResourceType', 'ResourceId'],
  handle: (input, ssm) => {
    const { tags } = tagged(ssm, input)
    return { TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
  },
})
