// Owns the resource type AWS::EC2::PlacementGroup: it has no name of the template's; Ref is the one that is made up.
import { tolerating } from '../find-made.ts'
import { generatedName } from '../generated-name.ts'
import { membersOf, sameNames } from '../members.ts'
import type { ResourceType } from '../resource-type.ts'
import { findMade, type Item, type Noun, tagSpecifications, textOf } from './ec2.ts'

const groupNoun: Noun = {
  resourceType: 'placement-group',
  create: 'CreatePlacementGroup',
  describe: 'DescribePlacementGroups',
  remove: 'DeletePlacementGroup',
  list: 'PlacementGroups',
  id: 'GroupId',
  notFound: 'InvalidPlacementGroup.Unknown',
}
const MEMBERS = sameNames('Strategy', 'PartitionCount', 'SpreadLevel')

export const placementGroup: ResourceType = {
  name: 'AWS::EC2::PlacementGroup',
  create: {
    operations: ['ec2:CreatePlacementGroup'],
    on: [...Object.keys(MEMBERS), 'Tags'],
    run: async (properties, context) => {
      const GroupName = generatedName(context, 255)
      await context.call('ec2', 'CreatePlacementGroup', {
        GroupName,
        // "cluster" is what AWS takes where a template says nothing.
        Strategy: 'cluster',
        ...membersOf(MEMBERS, properties),
        ...tagSpecifications('placement-group', properties, context),
      })
      return GroupName
    },
    find: (_properties, context) => findMade(groupNoun, context, (item) => textOf(item, 'GroupName')),
  },
  update: [],
  attributes: ['GroupId', 'GroupName'],
  read: async (GroupName, context) => {
    const { PlacementGroups = [] } = await context.call<{ PlacementGroups?: Item[] }>(
      'ec2',
      'DescribePlacementGroups',
      { GroupNames: [GroupName] },
    )
    return { state: 'ready', attributes: { GroupName, GroupId: textOf(PlacementGroups[0], 'GroupId') } }
  },
  remove: async (GroupName, context) => {
    await tolerating([groupNoun.notFound], () => context.call('ec2', 'DeletePlacementGroup', { GroupName }))
    return true
  },
}
