// Owns the tags of resources: those of the template with those of the stack, and what a change of them takes.
import { isTemplateObject, type TemplateObject, type TemplateValue } from '../template/template.ts'
import { textAt } from './members.ts'
import type { ResourceContext, Tag } from './resource-type.ts'
import type { TypeFacts } from './specification.ts'

/** A tag of an Auto Scaling group says whether instances get it too. */
export interface GroupTag extends Tag {
  readonly PropagateAtLaunch: boolean
}

/**
 * Adds the stack's tags to a type that has tags; the template's own win. CloudFormation gives an Auto Scaling group's
 * instances the stack's tags too.
 */
export function withStackTags(
  facts: TypeFacts,
  properties: TemplateObject,
  stackTags: readonly Tag[],
): TemplateObject {
  const own = properties['Tags']
  if (!facts.tags || (own === undefined && stackTags.length === 0)) return properties
  if (facts.tags === 'map') {
    const given = isTemplateObject(own) ? own : {}
    return {
      ...properties,
      Tags: { ...Object.fromEntries(stackTags.map((tag) => [tag.Key, tag.Value])), ...given },
    }
  }
  const given = tagList(own)
  const added = stackTags
    .filter(({ Key }) => !given.some((tag) => tag.Key === Key))
    .map((tag) => ({ ...tag, ...(facts.tags === 'asg' ? { PropagateAtLaunch: true } : {}) }))
  const all: TemplateObject[] = [...added, ...given].map((tag) => ({ ...tag }))
  return { ...properties, Tags: all }
}

/** The property `Tags` as a list, however the type spells it. */
export function tagList(value: TemplateValue | undefined): GroupTag[] {
  if (isTemplateObject(value)) {
    return Object.entries(value).map(([Key, item]) => ({
      Key,
      Value: textAt({ item }, 'item') ?? '',
      PropagateAtLaunch: true,
    }))
  }
  if (!Array.isArray(value)) return []
  return value.filter(isTemplateObject).map((tag) => ({
    Key: textAt(tag, 'Key') ?? '',
    Value: textAt(tag, 'Value') ?? '',
    ...(tag['PropagateAtLaunch'] === undefined
      ? {}
      : { PropagateAtLaunch: tag['PropagateAtLaunch'] === true }),
  })) as GroupTag[]
}

/** The tags of a new resource: the template's and the stack's, and those that CloudFormation adds itself. */
export function allTags(properties: TemplateObject, context: ResourceContext): Tag[] {
  const given = tagList(properties['Tags']).map(({ Key, Value }) => ({ Key, Value }))
  return [...given, ...context.ownTags]
}

/** The same as an object, for services that want a map. */
export function allTagMap(properties: TemplateObject, context: ResourceContext): Record<string, string> {
  return Object.fromEntries(allTags(properties, context).map(({ Key, Value }) => [Key, Value]))
}

export interface TagChange {
  /** New, or with another value. */
  readonly put: readonly GroupTag[]
  readonly goneKeys: readonly string[]
}

/** What a change of the property `Tags` takes. */
export function tagChange({ before, after }: { before: TemplateObject; after: TemplateObject }): TagChange {
  const old = tagList(before['Tags'])
  const next = tagList(after['Tags'])
  const isSame = (a: GroupTag, b: GroupTag): boolean =>
    a.Key === b.Key && a.Value === b.Value && a.PropagateAtLaunch === b.PropagateAtLaunch
  return {
    put: next.filter((tag) => !old.some((other) => isSame(other, tag))),
    goneKeys: old.filter(({ Key }) => !next.some((tag) => tag.Key === Key)).map(({ Key }) => Key),
  }
}
