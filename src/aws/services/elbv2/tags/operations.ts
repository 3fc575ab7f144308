// Owns AddTags, RemoveTags and DescribeTags.
import type {
  AddTagsInput,
  AddTagsOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
  RemoveTagsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { operation } from '../../../protocol/operation.ts'
import type { Elb } from '../state.ts'
import { changeTags, TAGS, tagsOf } from './resources.ts'

/** A key that is there already gets the new value; an unknown ARN changes nothing of any. @throws as `tagsOf` */
export const addTags = operation<Elb, AddTagsInput, AddTagsOutput>()({
  honours: ['ResourceArns', ...TAGS],
  handle: async (input, elb) => {
    const given = input.Tags ?? []
    await changeTags(elb, input.ResourceArns, (tags) => [
      ...tags.filter((tag) => !given.some((other) => other.Key === tag.Key)),
      ...given,
    ])
    return {}
  },
})

/** @throws as `tagsOf` */
export const removeTags = operation<Elb, RemoveTagsInput, RemoveTagsOutput>()({
  honours: ['ResourceArns', 'TagKeys'],
  handle: async (input, elb) => {
    const gone = new Set(input.TagKeys)
    await changeTags(elb, input.ResourceArns, (tags) => tags.filter((tag) => !gone.has(tag.Key ?? '')))
    return {}
  },
})

/** @throws as `tagsOf` */
export const describeTags = operation<Elb, DescribeTagsInput, DescribeTagsOutput>()({
  honours: ['ResourceArns'],
  handle: (input, elb) => ({
    TagDescriptions: (input.ResourceArns ?? []).map((ResourceArn) => ({
      ResourceArn,
      Tags: [...tagsOf(elb, ResourceArn)],
    })),
  }),
})
