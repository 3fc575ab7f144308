// Owns placement groups: they are kept. There is one machine here, so where an instance is put says nothing.
import type {
  CreatePlacementGroupRequest,
  CreatePlacementGroupResult,
  DeletePlacementGroupRequest,
  DescribePlacementGroupsRequest,
  DescribePlacementGroupsResult,
  PlacementGroup,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { operation } from '../../protocol/operation.ts'
import { missingParameter } from './errors.ts'
import { byIds, select, tagsOfNew, tagList, type FilterTable } from './filters.ts'
import { FILTERED, TAGGED } from './members.ts'
import type { Ec2State, PlacementGroupRecord } from './state.ts'

const FILTERS: FilterTable<PlacementGroupRecord> = {
  'group-name': ({ name }) => name,
  state: () => 'available',
  strategy: ({ strategy }) => strategy,
}

function describe(ec2: Ec2State, group: PlacementGroupRecord): PlacementGroup {
  return {
    GroupId: group.id,
    GroupName: group.name,
    GroupArn: ec2.arn('placement-group', group.name),
    State: 'available',
    Strategy: group.strategy,
    ...(group.partitions === undefined ? {} : { PartitionCount: group.partitions }),
    ...(group.spreadLevel === undefined ? {} : { SpreadLevel: group.spreadLevel }),
    Tags: tagList(group.tags),
  }
}

/** CreatePlacementGroup. @throws AwsError InvalidPlacementGroup.Duplicate, MissingParameter */
export const createPlacementGroup = operation<
  Ec2State,
  CreatePlacementGroupRequest,
  CreatePlacementGroupResult
>()({
  honours: ['GroupName', ...TAGGED],
  keeps: ['Strategy', 'PartitionCount', 'SpreadLevel'],
  handle: async (input, ec2) => {
    const { GroupName: name, Strategy: strategy } = input
    if (name === undefined) throw missingParameter('GroupName')
    if (strategy === undefined) throw missingParameter('Strategy')
    return await ec2.deps.store.transact((tx) => {
      if (ec2.placementGroups.find('name', name)) {
        throw new AwsError('InvalidPlacementGroup.Duplicate', `The Placement Group '${name}' already exists.`)
      }
      const partitions = strategy === 'partition' ? (input.PartitionCount ?? 2) : undefined
      const spreadLevel = strategy === 'spread' ? (input.SpreadLevel ?? 'rack') : undefined
      const group: PlacementGroupRecord = {
        id: ec2.newId('placement-group'),
        name,
        strategy,
        ...(partitions === undefined ? {} : { partitions }),
        ...(spreadLevel === undefined ? {} : { spreadLevel }),
        tags: tagsOfNew(input.TagSpecifications, 'placement-group'),
      }
      ec2.placementGroups.putIn(tx, group.id, group)
      return { PlacementGroup: describe(ec2, group) }
    })
  },
})

/** The group of that name. @throws AwsError InvalidPlacementGroup.Unknown */
function named(ec2: Ec2State, name: string): PlacementGroupRecord {
  const group = ec2.placementGroups.find('name', name)
  if (!group) throw new AwsError('InvalidPlacementGroup.Unknown', `The Placement Group '${name}' is unknown.`)
  return group
}

/** DescribePlacementGroups. @throws AwsError InvalidPlacementGroup.Unknown, InvalidPlacementGroupId.NotFound */
export const describePlacementGroups = operation<
  Ec2State,
  DescribePlacementGroupsRequest,
  DescribePlacementGroupsResult
>()({
  honours: ['GroupIds', 'GroupNames', ...FILTERED],
  handle: (input, ec2) => {
    const all = ec2.placementGroups.list()
    const records = input.GroupNames?.length
      ? input.GroupNames.map((name) => named(ec2, name))
      : byIds('placement-group', all, input.GroupIds)
    const found = select({ records, filters: input.Filters, table: FILTERS })
    return { PlacementGroups: found.map((group) => describe(ec2, group)) }
  },
})

/** DeletePlacementGroup. @throws AwsError InvalidPlacementGroup.Unknown */
export const deletePlacementGroup = operation<Ec2State, DeletePlacementGroupRequest, void>()({
  honours: ['GroupName'],
  handle: async (input, ec2) => {
    await ec2.deps.store.transact((tx) => {
      ec2.placementGroups.deleteIn(tx, named(ec2, input.GroupName ?? '').id)
    })
  },
})
