// Owns the comparison of two sets of stacks: a line a difference, and which of them are explained.
import { deepEqual, isObject } from '../../../src/base/json.ts'

export interface MadeStack {
  readonly name: string
  readonly template: object
  readonly tags: Readonly<Record<string, string>>
}

/** A difference that is meant, and why; docs/aws.md says the same to people. */
export interface Explanation {
  /** A regular expression of the lines that it explains. */
  readonly pattern: string
  readonly why: string
}

/** Lines such as `eksctl-x-cluster Resources.VPC.Properties.CidrBlock: theirs "a", ours "b"`. */
export function compareStacks(theirs: readonly MadeStack[], ours: readonly MadeStack[]): readonly string[] {
  const names = [...new Set([...theirs, ...ours].map(({ name }) => name))].toSorted()
  return names.flatMap((name) => {
    const [their, our] = [theirs, ours].map((stacks) => stacks.find((stack) => stack.name === name))
    if (!their) return [`${name}: only ours`]
    if (!our) return [`${name}: only theirs`]
    return [
      ...differences(normalized(their.template), normalized(our.template), ''),
      ...differences(their.tags, our.tags, 'Tags'),
    ].map((line) => `${name} ${line}`)
  })
}

/** The lines that nothing explains. @param used patterns that explain one are added to it */
export function unexplained(
  lines: readonly string[],
  explanations: readonly Explanation[],
  used: Set<string>,
): readonly string[] {
  return lines.filter((line) => {
    const found = explanations.filter(({ pattern }) => new RegExp(pattern).test(line))
    for (const { pattern } of found) used.add(pattern)
    return found.length === 0
  })
}

function differences(their: unknown, our: unknown, path: string): readonly string[] {
  if (deepEqual(their, our)) return []
  if (isObject(their) && isObject(our)) {
    const keys = [...new Set([...Object.keys(their), ...Object.keys(our)])].toSorted()
    return keys.flatMap((key) => differences(their[key], our[key], path === '' ? key : `${path}.${key}`))
  }
  if (Array.isArray(their) && Array.isArray(our) && their.length === our.length)
    return their.flatMap((item, index) => differences(item, our[index], `${path}[${index}]`))
  return [`${path}: theirs ${shown(their)}, ours ${shown(our)}`]
}

const LONGEST = 160

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** Without what has no order, or no meaning: lists of tags and of rules, and joins of nothing. */
function normalized(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => normalized(item))
    return UNORDERED.has(key) ? items.toSorted(byText) : items
  }
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalized(item, name)]))
}

const UNORDERED = new Set([
  'Tags',
  'ManagedPolicyArns',
  'Subnets',
  'SubnetIds',
  'Action',
  'Resource',
  'DependsOn',
])

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a).localeCompare(JSON.stringify(b))
}
