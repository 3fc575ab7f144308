// Owns tag lists of IAM resources.
import type { Tag as SdkTag } from '@aws-sdk/client-iam'

import type { Tag } from './state.ts'

/** The members of a tag list, as operations declare them. */
export const TAGS = ['Tags[].Key', 'Tags[].Value'] as const

/** The tags of a request. */
export function readTags(tags: readonly SdkTag[] | undefined): readonly Tag[] {
  return (tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }))
}

/** Present tags with those of a request laid over them. */
export function mergeTags(present: readonly Tag[], added: readonly SdkTag[] | undefined): readonly Tag[] {
  const more = readTags(added)
  const keys = new Set(more.map(({ Key }) => Key))
  return [...present.filter(({ Key }) => !keys.has(Key)), ...more]
}

/** Present tags without the named ones. */
export function removeTags(present: readonly Tag[], keys: readonly string[] | undefined): readonly Tag[] {
  return present.filter(({ Key }) => !keys?.includes(Key))
}
