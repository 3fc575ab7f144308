// Owns putting what services answer into the shape of a template's properties, to be compared with what was asked for.
import { isAwsCode } from '../../../../base/errors.ts'
import { deepEqual, isObject } from '../../../../base/json.ts'
import { isTemplateObject, type TemplateObject, type TemplateValue } from '../template/template.ts'
import type { Member, Members } from './members.ts'
import { type PropertyPath, valueAt, withPaths } from './property-path.ts'

/**
 * `expected` with what the service has put in. Only what the template sets is compared (user guide, "Detect unmanaged
 * configuration changes"), so other paths are left out.
 * @param live undefined for what the service doesn't tell, null for what it doesn't have
 */
export function seen(
  expected: TemplateObject,
  live: Readonly<Record<PropertyPath, unknown>>,
): TemplateObject {
  let actual = expected
  for (const [path, value] of Object.entries(live)) {
    if (value === undefined || valueAt(expected, path) === undefined) continue
    const found = plainOf(value)
    const parts = path.split('.').toReversed()
    const from = parts.reduce<TemplateValue>((inner, name) => ({ [name]: inner }), found)
    actual = withPaths(actual, found === null || !isTemplateObject(from) ? {} : from, [path])
  }
  return actual
}

/** What stands in a description where a table of members would put each property. */
export function byMembers(
  members: Members,
  described: object,
  expected: TemplateObject,
): Record<PropertyPath, unknown> {
  return Object.fromEntries(
    Object.entries(members).map(([path, member]) => [
      path,
      memberIn(described, member, valueAt(expected, path)),
    ]),
  )
}

function memberIn(described: object, member: Member, expected: TemplateValue | undefined): unknown {
  const to = typeof member === 'string' ? member : member.to
  const live = to.split('.').reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), described)
  if (typeof member === 'string' || live === undefined || expected === undefined) return live
  return deepEqual(plainOf(member.as(expected)), plainOf(live)) ? expected : raisedNames(plainOf(live))
}

// Templates spell with a capital what APIs spell without.
function raisedNames(value: TemplateValue): TemplateValue {
  if (Array.isArray(value)) return value.map(raisedNames)
  if (!isTemplateObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      raisedNames(item),
    ]),
  )
}

/** Without what is undefined, as JSON has it. */
function plainOf(value: unknown): TemplateValue {
  // What services answer is JSON, times apart, which no property holds.
  return JSON.parse(JSON.stringify(value ?? null)) as TemplateValue
}

/** The tags of a template's own: without those that CloudFormation and AWS add. */
export function ownTags<T extends { readonly Key?: string | undefined }>(
  tags: readonly T[] | undefined,
): readonly T[] {
  return (tags ?? []).filter(({ Key = '' }) => !Key.startsWith('aws:'))
}

/** A map of tags in the shape in which the template gives them. */
export function tagsAs(
  expected: TemplateObject,
  tags: Readonly<Record<string, string>> | undefined,
): TemplateValue {
  const own = Object.entries(tags ?? {}).filter(([Key]) => !Key.startsWith('aws:'))
  return isTemplateObject(expected['Tags'])
    ? Object.fromEntries(own)
    : own.map(([Key, Value]) => ({ Key, Value }))
}

/** A document that the service answers as text: as the template has it where both say the same. */
export function documentAs(expected: TemplateValue | undefined, live: string | undefined): TemplateValue {
  if (live === undefined) return null
  const parsed = JSON.parse(live) as TemplateValue
  const asked = typeof expected === 'string' ? (JSON.parse(expected) as TemplateValue) : expected
  return asked !== undefined && deepEqual(asked, parsed) ? (expected ?? null) : parsed
}

/** @returns what `look` answers; undefined when it is refused with one of `codes` */
export async function unlessGone<T>(
  codes: readonly string[],
  look: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await look()
  } catch (error) {
    if (isAwsCode(error, ...codes)) return undefined
    throw error
  }
}
