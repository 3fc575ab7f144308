// Owns tag lists of IAM resources.
import type { Tag as SdkTag } from '@aws-sdk/client-iam'

import { AwsError } from '../../../base/errors.ts'
import type { Tag } from './state.ts'

/** The members of a tag list, as operations declare them. */
export const TAGS = ['Tags[].Key', 'Tags[].Value'] as const

/** The tags of a request. @throws AwsError InvalidInput where a key comes twice, in whatever case */
export function readTags(tags: readonly SdkTag[] | undefined): readonly Tag[] {
  const read = (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }))
  if (new Set(read.map(({ Key }) => Key.toLowerCase())).size === read.length) return read
  throw new AwsError(
    'InvalidInput',
    'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  )
}

/** Present tags with those of a request laid over them; a key that is there in another case is that key. */
export function mergeTags(present: readonly Tag[], added: readonly SdkTag[] | undefined): readonly Tag[] {
  const more = new Map(readTags(added).map((tag) => [tag.Key.toLowerCase(), tag]))
  const kept = present.map((tag) => {
    const key = tag.Key.toLowerCase()
    const next = more.get(key)
    more.delete(key)
    return next ?? tag
  })
  return [...kept, ...more.values()]
}

/** Present tags without the named ones. */
export function removeTags(present: readonly Tag[], keys: readonly string[] | undefined): readonly Tag[] {
  return present.filter(({ Key }) => !keys?.includes(Key))
}
