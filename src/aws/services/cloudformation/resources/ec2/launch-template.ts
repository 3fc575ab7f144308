// Owns the resource type AWS::EC2::LaunchTemplate: its data in place are a new version.
import type { DescribeLaunchTemplatesResult, DescribeLaunchTemplateVersionsResult } from '@aws-sdk/client-ec2'

import { deepEqual } from '../../../../../base/json.ts'
import type { TemplateObject } from '../../template/template.ts'
import { generatedName } from '../generated-name.ts'
import { membersOf, objectsOf, sameNames, textAt } from '../members.ts'
import type { ResourceContext, ResourceType, Step, Tag } from '../resource-type.ts'
import { tagChange, tagList } from '../tags.ts'
import { drop, findMade, type Item, look, memberOf, type Noun, textOf } from './ec2.ts'

const templateNoun: Noun = {
  resourceType: 'launch-template',
  create: 'CreateLaunchTemplate',
  describe: 'DescribeLaunchTemplates',
  remove: 'DeleteLaunchTemplate',
  list: 'LaunchTemplates',
  id: 'LaunchTemplateId',
  notFound: 'InvalidLaunchTemplateId.NotFound',
}
const VERSION = sameNames('LaunchTemplateData', 'VersionDescription')

// The type has no property Tags: those of the template itself are among its tag specifications.
function ownTags(properties: TemplateObject): Tag[] {
  return objectsOf(properties['TagSpecifications'])
    .filter((each) => each['ResourceType'] === 'launch-template')
    .flatMap((each) => tagList(each['Tags']))
    .map(({ Key, Value }) => ({ Key, Value }))
}

const versionStep: Step = {
  operations: ['ec2:CreateLaunchTemplateVersion'],
  on: Object.keys(VERSION),
  run: async ({ physicalId: LaunchTemplateId, after }, context) => {
    await context.call('ec2', 'CreateLaunchTemplateVersion', {
      LaunchTemplateId,
      ...membersOf(VERSION, after),
    })
  },
  isDone: async ({ physicalId: LaunchTemplateId, after }, context) => {
    const { LaunchTemplateVersions = [] } = await context.call<DescribeLaunchTemplateVersionsResult>(
      'ec2',
      'DescribeLaunchTemplateVersions',
      { LaunchTemplateId, Versions: ['$Latest'] },
    )
    return deepEqual(LaunchTemplateVersions[0]?.LaunchTemplateData, after['LaunchTemplateData'])
  },
}

const tagSpecificationsStep: Step = {
  operations: ['ec2:CreateTags', 'ec2:DeleteTags'],
  on: ['TagSpecifications'],
  run: async ({ physicalId, before, after }, context) => {
    const asTags = (properties: TemplateObject) => ({ Tags: ownTags(properties).map((tag) => ({ ...tag })) })
    const { put, goneKeys } = tagChange({ before: asTags(before), after: asTags(after) })
    const Resources = [physicalId]
    const doomed = goneKeys.map((Key) => ({ Key }))
    if (doomed.length > 0) await context.call('ec2', 'DeleteTags', { Resources, Tags: doomed })
    if (put.length > 0) await context.call('ec2', 'CreateTags', { Resources, Tags: put })
  },
}

async function create(properties: TemplateObject, context: ResourceContext): Promise<string> {
  const answer = await context.call<Item>('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: textAt(properties, 'LaunchTemplateName') ?? generatedName(context, 128),
    ...membersOf(VERSION, properties),
    TagSpecifications: [
      { ResourceType: 'launch-template', Tags: [...ownTags(properties), ...context.ownTags] },
    ],
  })
  return textOf(memberOf(answer, 'LaunchTemplate'), 'LaunchTemplateId')
}

export const launchTemplate: ResourceType = {
  name: 'AWS::EC2::LaunchTemplate',
  customName: 'LaunchTemplateName',
  create: {
    operations: ['ec2:CreateLaunchTemplate'],
    on: ['LaunchTemplateName', 'TagSpecifications', ...Object.keys(VERSION)],
    run: create,
    find: (_properties, context) => findMade(templateNoun, context),
  },
  update: [versionStep, tagSpecificationsStep],
  attributes: ['DefaultVersionNumber', 'LatestVersionNumber', 'LaunchTemplateId'],
  changingAttributes: ['LatestVersionNumber'],
  read: async (LaunchTemplateId, context) => {
    const found: NonNullable<DescribeLaunchTemplatesResult['LaunchTemplates']>[number] =
      (await look(templateNoun, LaunchTemplateId, context)) ?? {}
    const attributes = {
      LaunchTemplateId,
      DefaultVersionNumber: String(found.DefaultVersionNumber ?? 1),
      LatestVersionNumber: String(found.LatestVersionNumber ?? 1),
    }
    return { state: 'ready', attributes }
  },
  remove: (id, context) => drop(templateNoun, id, context),
}
