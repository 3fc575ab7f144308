// Owns what the members of a group of Ingresses have to agree on, and how the controller says that they do not.
import { deepEqual } from '../../../base/json.ts'
import type { Tags } from '../target-group.ts'
import { annotationsOf, wrong } from './annotations.ts'
import type { GroupMember } from './group.ts'

interface Agreement {
  readonly noun: string
  /** What the class says, which wins. */
  readonly ofClass?: (params: GroupMember['params']) => string | undefined
}

/** The one value of a setting of the whole group. @throws BuildError when two members differ */
export function agreed(
  members: readonly GroupMember[],
  suffix: string,
  { noun, ofClass }: Agreement,
): string | undefined {
  const given = members.flatMap(
    ({ ingress, params }) => ofClass?.(params) ?? annotationsOf({ ingress }).text(suffix) ?? [],
  )
  const values = [...new Set(given)]
  if (values.length > 1) throw wrong(suffix, `conflicting ${noun}: ${asSet(values)}`)
  return values[0]
}

/** The one list of a setting of the whole group. @throws BuildError, whose text begins with `words`, when two differ */
export function agreedList(
  members: readonly GroupMember[],
  suffix: string,
  { words, isOrdered = false }: { readonly words: string; readonly isOrdered?: boolean },
): string[] | undefined {
  const [first, ...others] = members.flatMap(({ ingress }) => {
    const list = annotationsOf({ ingress }).list(suffix)
    return list ? [list] : []
  })
  const comparable = (list: readonly string[]): readonly string[] => (isOrdered ? list : list.toSorted())
  const other = others.find((each) => !deepEqual(comparable(each), comparable(first ?? [])))
  if (first && other) throw wrong(suffix, `${words}: ${againstEachOther(first, other)}`)
  return first
}

/** As Go prints two lists. */
export function againstEachOther(...lists: readonly (readonly string[])[]): string {
  return lists.map((list) => `[${list.join(' ')}]`).join(' | ')
}

/** As Go prints a map. */
export function asMap(tags: Tags): string {
  const entries = Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([key, value]) => `${key}:${value}`).join(' ')}]`
}

// As Go prints a set.
function asSet(values: readonly string[]): string {
  return asMap(Object.fromEntries(values.map((value) => [value, '{}'])))
}
