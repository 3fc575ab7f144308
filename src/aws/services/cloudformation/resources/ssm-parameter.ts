// Owns the resource type AWS::SSM::Parameter.
import type { GetParameterResult, ListTagsForResourceResult, ParameterMetadata } from '@aws-sdk/client-ssm'

import type { TemplateObject } from '../template/template.ts'
import { seen, tagsAs, unlessGone } from './actual.ts'
import { isMadeSince, tolerating } from './find-made.ts'
import { generatedName } from './generated-name.ts'
import { membersOf, type Members, sameNames, textAt } from './members.ts'
import type { ResourceContext, ResourceType, Step } from './resource-type.ts'
import { allTags, tagChange } from './tags.ts'

const GONE = ['ParameterNotFound']
const SETTINGS: Members = sameNames('Type', 'Value', 'Description', 'AllowedPattern', 'Tier', 'DataType')

function nameOf(properties: TemplateObject, context: ResourceContext): string {
  return textAt(properties, 'Name') ?? generatedName(context, 1011)
}

async function get(Name: string, context: ResourceContext): Promise<GetParameterResult> {
  return await context.call<GetParameterResult>('ssm', 'GetParameter', { Name })
}

async function metadata(Name: string, context: ResourceContext): Promise<ParameterMetadata> {
  const ParameterFilters = [{ Key: 'Name', Option: 'Equals', Values: [Name] }]
  const { Parameters = [] } = await context.call<{ Parameters?: ParameterMetadata[] }>(
    'ssm',
    'DescribeParameters',
    { ParameterFilters },
  )
  return Parameters[0] ?? {}
}

const valueStep: Step = {
  operations: ['ssm:PutParameter'],
  on: Object.keys(SETTINGS),
  run: async ({ physicalId: Name, after }, context) => {
    await context.call('ssm', 'PutParameter', { Name, ...membersOf(SETTINGS, after), Overwrite: true })
  },
}

const tagsStep: Step = {
  operations: ['ssm:AddTagsToResource', 'ssm:RemoveTagsFromResource'],
  on: ['Tags'],
  run: async (change, context) => {
    const { put, goneKeys } = tagChange(change)
    const resource = { ResourceType: 'Parameter', ResourceId: change.physicalId }
    if (goneKeys.length > 0) {
      await context.call('ssm', 'RemoveTagsFromResource', { ...resource, TagKeys: goneKeys })
    }
    const Tags = put.map(({ Key, Value }) => ({ Key, Value }))
    if (Tags.length > 0) await context.call('ssm', 'AddTagsToResource', { ...resource, Tags })
  },
}

export const ssmParameter: ResourceType = {
  name: 'AWS::SSM::Parameter',
  customName: 'Name',
  create: {
    operations: ['ssm:PutParameter'],
    on: ['Name', 'Tags', ...Object.keys(SETTINGS)],
    run: async (properties, context) => {
      const Name = nameOf(properties, context)
      const Tags = allTags(properties, context)
      await context.call('ssm', 'PutParameter', { Name, ...membersOf(SETTINGS, properties), Tags })
      return Name
    },
    find: async (properties, context) => {
      const Name = nameOf(properties, context)
      const created = async () => (await get(Name, context)).Parameter?.LastModifiedDate
      return (await isMadeSince(context, created, GONE)) ? Name : undefined
    },
  },
  update: [valueStep, tagsStep],
  attributes: ['Type', 'Value'],
  changingAttributes: ['Type', 'Value'],
  read: async (Name, context) => {
    const { Parameter } = await get(Name, context)
    return { state: 'ready', attributes: { Type: Parameter?.Type ?? '', Value: Parameter?.Value ?? '' } }
  },
  actual: async (Name, context, expected) => {
    const found = await unlessGone(GONE, () => get(Name, context))
    if (!found) return undefined
    const { Description, AllowedPattern } = await metadata(Name, context)
    const { TagList = [] } = await context.call<ListTagsForResourceResult>('ssm', 'ListTagsForResource', {
      ResourceType: 'Parameter',
      ResourceId: Name,
    })
    return seen(expected, {
      Type: found.Parameter?.Type,
      Value: found.Parameter?.Value,
      Description: Description ?? null,
      AllowedPattern: AllowedPattern ?? null,
      Tags: tagsAs(expected, Object.fromEntries(TagList.map(({ Key = '', Value = '' }) => [Key, Value]))),
    })
  },
  remove: async (Name, context) => {
    await tolerating(GONE, () => context.call('ssm', 'DeleteParameter', { Name }))
    return true
  },
}
