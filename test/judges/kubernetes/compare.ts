// Owns where two answers to one request differ, and which differences are of one sort.
import { isObject } from '../../../src/base/json.ts'
import type { Mutant } from './mutate.ts'

/** What a server said to a request. */
export interface Answer {
  readonly status: number
  /** An object, or a Status. */
  readonly body: unknown
  readonly warnings: readonly string[]
}

/** `create`, `update`, `status` (a PUT of it) or `patch`. */
export type Verb = 'create' | 'update' | 'status' | 'patch'

export interface Asked extends Mutant {
  /** Kind and name: `Pod rich`. */
  readonly seed: string
  readonly verb: Verb
}

export type Sort = 'only-here' | 'only-there' | 'refused' | 'stored' | 'warned'

export interface Difference extends Asked {
  readonly sort: Sort
  readonly ours: readonly string[]
  readonly theirs: readonly string[]
}

/** What each sort means, the worst first. */
export const sorts: Readonly<Record<Sort, string>> = {
  'only-there': 'refused here, taken there',
  'only-here': 'taken here, refused there',
  refused: 'refused by both, with other words',
  stored: 'taken by both, stored otherwise',
  warned: 'taken by both, with other warnings',
}

/** The difference of two answers, each side without what both say; undefined when there is none. */
export function difference(asked: Asked, ours: Answer, theirs: Answer): Difference | undefined {
  const [isHere, isThere] = [ours.status < 400, theirs.status < 400]
  const told = (sort: Sort, tell: (answer: Answer) => readonly string[]): Difference | undefined => {
    const [here, there] = [tell(ours), tell(theirs)]
    const lacks = (others: readonly string[]) => (line: string) => !others.includes(line)
    const only = { ours: here.filter(lacks(there)), theirs: there.filter(lacks(here)) }
    return sort.startsWith('only') || only.ours.length + only.theirs.length > 0
      ? { ...asked, sort, ...only }
      : undefined
  }
  if (isHere !== isThere) return told(isHere ? 'only-here' : 'only-there', refusal)
  if (!isHere) return told('refused', refusal)
  return told('stored', ({ body }) => leaves(body)) ?? told('warned', ({ warnings }) => warnings)
}

/** Code, and either each cause or the message. */
function refusal({ status, body }: Answer): readonly string[] {
  if (status < 400) return []
  const { message, details } = isObject(body) ? body : {}
  const causes = isObject(details) && Array.isArray(details['causes']) ? (details['causes'] as unknown[]) : []
  const told = causes.map((cause) => {
    const { field, reason, message: text } = isObject(cause) ? cause : {}
    return `${status} ${String(field)} ${String(reason)}: ${steady(String(text))}`
  })
  return told.length > 0 ? told : [`${status} ${steady(String(message))}`]
}

const VARYING = new Set(['uid', 'creationTimestamp', 'resourceVersion', 'managedFields'])

/** Every scalar of an object with its place, but for what each server makes anew. */
function leaves(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${path}: []`]
    return value.flatMap((item, index) => leaves(item, `${path}[${index}]`))
  }
  if (isObject(value)) {
    const entries = Object.entries(value).filter(([key]) => !(VARYING.has(key) && path === '.metadata'))
    if (entries.length === 0) return [`${path}: {}`]
    return entries.flatMap(([key, item]) => leaves(item, `${path}.${key}`))
  }
  return [`${path}: ${steady(JSON.stringify(value))}`]
}

/** A text without what is made anew each time. */
function steady(text: string): string {
  return (
    text
      // What follows is the difference of two internal structures.
      .replace(/(pod updates may not change fields other than [^\n]*)\n.*/s, '$1')
      .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '<uid>')
      .replaceAll(/kube-api-access-\w{5}/g, '<token>')
      .replaceAll(/\b10\.(?:0|100)\.\d+\.\d+\b/g, '<service-ip>')
      .replaceAll(/\b3\d{4}\b/g, '<port>')
      .replaceAll(/20(?!26-01-01)\d\d-\d\d-\d\dT[\d:.]+Z/g, '<now>')
      .replaceAll(/(resourceVersion\W+)\d+/gi, '$1<version>')
  )
}

export interface Group {
  readonly sort: Sort
  readonly kind: string
  /** Where, without positions in lists. */
  readonly place: string
  readonly count: number
  readonly example: Difference
}

/** Differences by sort, kind, place and what is said; the largest first. */
export function groupsOf(differences: readonly Difference[]): readonly Group[] {
  const groups = Map.groupBy(differences, (found) => {
    const { sort, seed, path, ours, theirs } = found
    return [sort, seed.split(' ')[0], placeOf(path), general(ours), general(theirs)].join('\n')
  })
  return [...groups.values()]
    .flatMap((all): Group[] => {
      const [example] = all
      if (!example) return []
      const { sort, seed, path } = example
      return [{ sort, kind: seed.split(' ')[0] ?? '', place: placeOf(path), count: all.length, example }]
    })
    .toSorted((a, b) => b.count - a.count)
}

function placeOf(path: Mutant['path']): string {
  return path.filter((step) => typeof step === 'string').join('.')
}

/** What lines say without the values in them. */
function general(lines: readonly string[]): string {
  return lines.map((line) => line.replaceAll(/"(?:[^"\\]|\\.)*"|\[\d+\]|\d+/g, '_')).join('; ')
}
