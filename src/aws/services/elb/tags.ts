// Owns the tags of Classic Load Balancers.
import type {
  AddTagsInput,
  AddTagsOutput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
  RemoveTagsOutput,
  Tag,
} from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { validationError } from '../elbv2/errors.ts'
import { changeBalancer, findBalancer, type ClassicElb } from './state.ts'

/** The members of a tag list, as operations declare them. */
export const TAGS = ['Tags[].Key', 'Tags[].Value'] as const

/** Of one load balancer (user guide, "Tag your Classic Load Balancer"). */
const MOST_TAGS = 50

/** The tags with the given ones over them. @throws AwsError DuplicateTagKeys, TooManyTags */
export function withTags(there: readonly Tag[], given: readonly Tag[] = []): Tag[] {
  const keys = given.map(({ Key }) => Key)
  if (new Set(keys).size < keys.length) {
    throw new AwsError('DuplicateTagKeys', 'A tag key was specified more than once.')
  }
  const tags = [...there.filter(({ Key }) => !keys.includes(Key)), ...given]
  if (tags.length > MOST_TAGS) {
    throw new AwsError(
      'TooManyTags',
      'The quota for the number of tags that can be assigned to a load balancer has been reached.',
    )
  }
  return tags
}

/** @throws AwsError LoadBalancerNotFound, as `withTags` */
export const addTags = operation<ClassicElb, AddTagsInput, AddTagsOutput>()({
  honours: ['LoadBalancerNames', ...TAGS],
  handle: async ({ LoadBalancerNames, Tags }, elb) => {
    await changeBalancer(elb, onlyOne(LoadBalancerNames), ({ tags }) => ({ tags: withTags(tags, Tags) }))
    return {}
  },
})

/** @throws AwsError LoadBalancerNotFound */
export const removeTags = operation<ClassicElb, RemoveTagsInput, RemoveTagsOutput>()({
  honours: ['LoadBalancerNames', 'Tags[].Key'],
  handle: async ({ LoadBalancerNames, Tags = [] }, elb) => {
    const gone = new Set(Tags.map(({ Key }) => Key))
    await changeBalancer(elb, onlyOne(LoadBalancerNames), ({ tags }) => ({
      tags: tags.filter(({ Key }) => !gone.has(Key)),
    }))
    return {}
  },
})

// "The name of the load balancer. You can specify one load balancer only." (API reference, AddTags and RemoveTags)
function onlyOne(names: readonly string[] | undefined): string | undefined {
  if ((names ?? []).length > 1)
    throw validationError('LoadBalancerNames: only one load balancer may be named')
  return names?.[0]
}

/** @throws AwsError LoadBalancerNotFound */
export const describeTags = operation<ClassicElb, DescribeTagsInput, DescribeTagsOutput>()({
  honours: ['LoadBalancerNames'],
  handle: ({ LoadBalancerNames = [] }, elb) => ({
    TagDescriptions: LoadBalancerNames.map((name) => ({
      LoadBalancerName: name,
      Tags: [...findBalancer(elb, name).tags],
    })),
  }),
})
