// Owns AddTags, RemoveTags and DescribeTags.
import type {
  AddTagsInput,
  AddTagsOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
  RemoveTagsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import type { Elb } from '../state.ts'
import { changeTags, tagsOf } from './resources.ts'

/** A key that is there already gets the new value. */
export async function addTags(input: AddTagsInput, elb: Elb): Promise<AddTagsOutput> {
  const given = input.Tags ?? []
  for (const arn of input.ResourceArns ?? []) {
    await changeTags(elb, arn, (tags) => [
      ...tags.filter((tag) => !given.some((other) => other.Key === tag.Key)),
      ...given,
    ])
  }
  return {}
}

export async function removeTags(input: RemoveTagsInput, elb: Elb): Promise<RemoveTagsOutput> {
  const gone = new Set(input.TagKeys)
  for (const arn of input.ResourceArns ?? []) {
    await changeTags(elb, arn, (tags) => tags.filter((tag) => !gone.has(tag.Key ?? '')))
  }
  return {}
}

export function describeTags(input: DescribeTagsInput, elb: Elb): DescribeTagsOutput {
  return {
    TagDescriptions: (input.ResourceArns ?? []).map((ResourceArn) => ({
      ResourceArn,
      Tags: [...tagsOf(elb, ResourceArn)],
    })),
  }
}
