// Owns what the EC2 resource types have in common: found by the tags that CloudFormation puts on them, tagged in place.
import { isAwsCode } from '../../../../../base/errors.ts'
import { isObject } from '../../../../../base/json.ts'
import type { TemplateObject } from '../../template/template.ts'
import { ownTags, seen } from '../actual.ts'
import { type Members, membersOf } from '../members.ts'
import type { Creation, ResourceContext, ResourceType, Step } from '../resource-type.ts'
import { allTags, tagChange } from '../tags.ts'

export type Item = Readonly<Record<string, unknown>>

/** How EC2 calls the things of one type. */
export interface Noun {
  /** As in tag specifications. */
  readonly resourceType: string
  readonly create: string
  readonly describe: string
  readonly remove: string
  /** The member of the answer that lists them. */
  readonly list: string
  /** The member that holds an id; requests have it with an s for several. */
  readonly id: string
  readonly notFound: string
  /** The member of requests that filters; `Filters` for most. */
  readonly filter?: string
}

/** A member of an answer as text. */
export function textOf(item: Item | undefined, name: string): string {
  const value = item?.[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** A structure inside an answer. */
export function memberOf(answer: Item, name: string): Item {
  const value = answer[name]
  return isObject(value) ? value : {}
}

/** The IPv6 blocks of a VPC or a subnet, joined by commas. */
export function blocks6(item: Item | undefined): string {
  const associations = item?.['Ipv6CidrBlockAssociationSet']
  if (!Array.isArray(associations)) return ''
  return associations.map((each: Item) => textOf(each, 'Ipv6CidrBlock')).join(',')
}

/** Tag specifications of a new thing. */
export function tagSpecifications(
  resourceType: string,
  properties: TemplateObject,
  context: ResourceContext,
): object {
  return { TagSpecifications: [{ ResourceType: resourceType, Tags: allTags(properties, context) }] }
}

/** Those that carry the tags of this resource, in whatever state. */
export async function listTagged(noun: Noun, context: ResourceContext): Promise<readonly Item[]> {
  const answer = await context.call<Record<string, Item[] | undefined>>('ec2', noun.describe, {
    [noun.filter ?? 'Filters']: [
      { Name: 'tag:aws:cloudformation:stack-id', Values: [context.stackId] },
      { Name: 'tag:aws:cloudformation:logical-id', Values: [context.logicalId] },
    ],
  })
  return answer[noun.list] ?? []
}

const GONE_STATES = ['deleted', 'deleting']

/** The one that an earlier attempt made: it has the resource's tags, and is none that the resource replaces. */
export async function findMade(
  noun: Noun,
  context: ResourceContext,
  physicalIdOf: (item: Item) => string = (item) => textOf(item, noun.id),
): Promise<string | undefined> {
  return (await listTagged(noun, context))
    .filter((item) => !GONE_STATES.includes(textOf(item, 'State')))
    .map(physicalIdOf)
    .find((id) => !context.replacedIds.includes(id))
}

/** The creation of what EC2 gives an id of its own. `answerMember` is where the answer describes it. */
export function creation(noun: Noun, members: Members, answerMember?: string): Creation {
  return {
    operations: [`ec2:${noun.create}`],
    on: [...Object.keys(members), 'Tags'],
    run: async (properties, context) => {
      const answer = await context.call<Item>('ec2', noun.create, {
        ...membersOf(members, properties),
        ...tagSpecifications(noun.resourceType, properties, context),
      })
      return textOf(answerMember === undefined ? answer : memberOf(answer, answerMember), noun.id)
    },
    find: (_properties, context) => findMade(noun, context),
  }
}

/** The description of one; undefined when there is none. */
export async function look(noun: Noun, id: string, context: ResourceContext): Promise<Item | undefined> {
  try {
    const answer = await context.call<Record<string, Item[] | undefined>>('ec2', noun.describe, {
      [`${noun.id}s`]: [id],
    })
    return answer[noun.list]?.[0]
  } catch (error) {
    if (isAwsCode(error, noun.notFound)) return undefined
    throw error
  }
}

/** What EC2 says of the properties that descriptions spell as templates do, tags included. */
export function described(noun: Noun, ...names: readonly string[]): NonNullable<ResourceType['actual']> {
  return async (id, context, expected) => {
    const item = await look(noun, id, context)
    if (!item || GONE_STATES.includes(textOf(item, 'State'))) return undefined
    const own = names.map((name) => [name, item[name] ?? null] as const)
    // EC2 describes tags as Key and Value.
    const tags = item['Tags'] as readonly { readonly Key?: string }[] | undefined
    return seen(expected, { ...Object.fromEntries(own), Tags: ownTags(tags) })
  }
}

/** @returns true: what EC2 deletes is gone when it answers */
export async function drop(noun: Noun, id: string, context: ResourceContext): Promise<boolean> {
  try {
    await context.call('ec2', noun.remove, { [noun.id]: id })
  } catch (error) {
    if (!isAwsCode(error, noun.notFound)) throw error
  }
  return true
}

/** Tags in place. `resourceIdOf` where Ref is not the id that tags go by. */
export function tagsStep(
  resourceIdOf: (physicalId: string, context: ResourceContext) => Promise<string> = (id) =>
    Promise.resolve(id),
): Step {
  return {
    operations: ['ec2:CreateTags', 'ec2:DeleteTags'],
    on: ['Tags'],
    run: async (change, context) => {
      const { put, goneKeys } = tagChange(change)
      const Resources = [await resourceIdOf(change.physicalId, context)]
      if (goneKeys.length > 0) {
        await context.call('ec2', 'DeleteTags', { Resources, Tags: goneKeys.map((Key) => ({ Key })) })
      }
      const Tags = put.map(({ Key, Value }) => ({ Key, Value }))
      if (put.length > 0) await context.call('ec2', 'CreateTags', { Resources, Tags })
    },
  }
}
