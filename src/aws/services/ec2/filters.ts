// Owns the Filters of Describe operations: one engine, a table of names a resource.
import type { Filter, Tag } from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { escapePattern } from '../../../base/escape-pattern.ts'
import { wildcardMatches } from '../../../base/glob.ts'
import { own } from '../../../base/json.ts'
import { invalidParameterValue, notFound, type ResourceType } from './errors.ts'
import type { Tags } from './state.ts'

/** Filter names to the values a record has under them; undefined and empty match nothing. */
export type FilterTable<T> = Readonly<Record<string, (record: T) => FilterValue>>
type FilterValue = string | number | boolean | undefined | readonly (string | undefined)[]

export interface Selection<T> {
  readonly records: readonly T[]
  readonly filters: readonly Filter[] | undefined
  readonly table: FilterTable<T>
}

/**
 * Records that satisfy every filter: any of its values, `*` and `?` as wildcards ("List and filter using the CLI and
 * API"). `tag:KEY`, `tag-key` and `tag-value` work for everything that has tags.
 * @throws AwsError InvalidParameterValue for a filter the resource doesn't have.
 */
export function select<T extends { readonly tags: Tags }>(selection: Selection<T>): T[] {
  const predicates = (selection.filters ?? []).map((filter) => predicateOf(filter, selection.table))
  return selection.records.filter((record) => predicates.every((predicate) => predicate(record)))
}

function predicateOf<T extends { readonly tags: Tags }>(
  { Name: name = '', Values: values = [] }: Filter,
  table: FilterTable<T>,
): (record: T) => boolean {
  const read = readerOf(name, table)
  if (!read) throw invalidParameterValue(`The filter '${name}' is invalid`)
  return (record) => {
    const value = read(record)
    const texts = Array.isArray(value) ? value : [value]
    return texts.some(
      (text) => text !== undefined && values.some((pattern) => filterMatches(pattern, String(text))),
    )
  }
}

// "Use \\*amazon\\? to search for the literal *amazon?": a backslash takes a wildcard's meaning.
function filterMatches(pattern: string, text: string): boolean {
  if (!pattern.includes('\\')) return wildcardMatches(pattern, text)
  const source = pattern.replaceAll(
    /\\(.)|([*?])|[^*?\\]+/gs,
    (part, escaped?: string, wildcard?: string) => {
      if (wildcard !== undefined) return wildcard === '*' ? '.*' : '.'
      return escapePattern(escaped ?? part)
    },
  )
  return new RegExp(`^(?:${source})$`, 's').test(text)
}

function readerOf<T extends { readonly tags: Tags }>(
  name: string,
  table: FilterTable<T>,
): ((record: T) => FilterValue) | undefined {
  if (name.startsWith('tag:')) return ({ tags }) => own(tags, name.slice(4))
  if (name === 'tag-key') return ({ tags }) => Object.keys(tags)
  if (name === 'tag-value') return ({ tags }) => Object.values(tags)
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/** The records of the ids asked for, all when none are named. @throws AwsError NotFound of the resource. */
export function byIds<T extends { readonly id: string }>(
  type: ResourceType,
  records: readonly T[],
  ids: readonly string[] | undefined,
): readonly T[] {
  return ids && ids.length > 0 ? named(type, records, ids) : records
}

/** The records of these ids, none when none are named: for what is done to them. @throws AwsError NotFound of the resource. */
export function named<T extends { readonly id: string }>(
  type: ResourceType,
  records: readonly T[],
  ids: readonly string[],
): readonly T[] {
  const known = new Map(records.map((record) => [record.id, record]))
  const missing = ids.filter((id) => !known.has(id))
  if (missing.length > 0) throw notFound(type, ...missing)
  return ids.flatMap((id) => known.get(id) ?? [])
}

/** Tags as answers carry them. */
export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

type TagSpecifications =
  | readonly { ResourceType?: string | undefined; Tags?: readonly Tag[] | undefined }[]
  | undefined

/** Tags of a request's TagSpecifications for one resource type. */
export function specifiedTags(specifications: TagSpecifications, type: string): Tags {
  const tags = (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === type)
    .flatMap((s) => s.Tags ?? [])
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}

/**
 * The tags of what a request makes that makes one type of resource. @throws AwsError InvalidParameter
 */
export function tagsOfNew(specifications: TagSpecifications, type: string): Tags {
  checkTagSpecifications(specifications, [type])
  return specifiedTags(specifications, type)
}

// The older of EC2 refuse with another code: aws/aws-cli#2865 (RunInstances), boto/boto3#1806 (CreateSnapshot) beside
// jonrau1/SyntheticSun#13 (CreateVpcEndpoint).
const OF_INSTANCES = ['instance', 'volume', 'snapshot', 'image']

/**
 * Refuses tags that would fall on nothing.
 * @param types what the request may make, what it is for first
 * @throws AwsError InvalidParameterValue where that is instances, volumes and their images, InvalidParameter elsewhere
 */
export function checkTagSpecifications(specifications: TagSpecifications, types: readonly string[]): void {
  const [made = ''] = types
  const code = OF_INSTANCES.includes(made) ? 'InvalidParameterValue' : 'InvalidParameter'
  const invalidTags = (message: string): AwsError => new AwsError(code, message)
  for (const { ResourceType: type, Tags: tags } of specifications ?? []) {
    if (type === undefined) throw invalidTags('Tag specification resource type must have a value')
    if (!types.includes(type)) {
      throw invalidTags(`'${type}' is not a valid taggable resource type for this operation.`)
    }
    if (!tags?.length) throw invalidTags('Tag specification must have at least one tag')
  }
}
