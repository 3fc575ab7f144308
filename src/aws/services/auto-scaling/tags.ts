// Owns the tags of groups.
import type {
  CreateOrUpdateTagsType,
  DeleteTagsType,
  DescribeTagsType,
  Tag,
  TagsType,
} from '@aws-sdk/client-auto-scaling'

import { operation } from '../../protocol/operation.ts'
import { FILTERS, page, PAGES } from './paging.ts'
import { validationError, type AutoScalingState, type GroupRecord, type GroupTag } from './state.ts'

/** The members of tags in a request, for declarations. */
export const TAGS = [
  'Tags[].Key',
  'Tags[].Value',
  'Tags[].PropagateAtLaunch',
  'Tags[].ResourceId',
  'Tags[].ResourceType',
] as const

/** Tags as a group keeps them. */
export function readTags(tags: readonly Tag[] | undefined): GroupTag[] {
  return (tags ?? []).map(({ Key = '', Value = '', PropagateAtLaunch = false }) => ({
    key: Key,
    value: Value,
    propagate: PropagateAtLaunch,
  }))
}

function mergeTags(present: readonly GroupTag[], added: readonly GroupTag[]): GroupTag[] {
  const keys = new Set(added.map(({ key }) => key))
  return [...present.filter(({ key }) => !keys.has(key)), ...added]
}

/** A tag as responses show it. */
export function describeTag(group: GroupRecord, { key, value, propagate }: GroupTag) {
  return {
    Key: key,
    Value: value,
    PropagateAtLaunch: propagate,
    ResourceId: group.name,
    ResourceType: 'auto-scaling-group',
  }
}

export const createOrUpdateTags = operation<AutoScalingState, CreateOrUpdateTagsType, void>()({
  honours: [...TAGS],
  handle: async (input, state) => {
    await state.deps.store.transact((tx) => {
      for (const tag of input.Tags ?? []) {
        const group = state.group(tag.ResourceId)
        state.groups.putIn(tx, group.name, { ...group, tags: mergeTags(group.tags, readTags([tag])) })
      }
    })
  },
})

export const deleteTags = operation<AutoScalingState, DeleteTagsType, void>()({
  honours: ['Tags[].Key', 'Tags[].ResourceId', 'Tags[].ResourceType'],
  keeps: ['Tags[].Value', 'Tags[].PropagateAtLaunch'],
  handle: async (input, state) => {
    await state.deps.store.transact((tx) => {
      for (const tag of input.Tags ?? []) {
        const group = state.group(tag.ResourceId)
        state.groups.putIn(tx, group.name, {
          ...group,
          tags: group.tags.filter(({ key }) => key !== tag.Key),
        })
      }
    })
  },
})

export const describeTags = operation<AutoScalingState, DescribeTagsType, TagsType>()({
  honours: [...FILTERS, ...PAGES],
  handle: (input, state) => {
    const all = state.groups
      .list()
      .flatMap((group) => group.tags.map((tag) => describeTag(group, tag)))
      .filter((tag) =>
        (input.Filters ?? []).every(({ Name, Values = [] }) => {
          const values: Readonly<Record<string, string>> = {
            'auto-scaling-group': tag.ResourceId,
            key: tag.Key,
            value: tag.Value,
            'propagate-at-launch': String(tag.PropagateAtLaunch),
          }
          const value = values[Name ?? '']
          if (value === undefined) throw validationError(`Invalid filter name: ${Name}`)
          const isSame = (wanted: string): boolean =>
            Name === 'propagate-at-launch' ? wanted.toLowerCase() === value : wanted === value
          return Values.some(isSame)
        }),
      )
    const { items, token } = page(all, input)
    return { Tags: items, NextToken: token }
  },
})
